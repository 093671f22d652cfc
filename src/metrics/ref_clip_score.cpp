// RefCLIPScore (RefCLIP-S), Hessel et al., "CLIPScore: A Reference-free Evaluation Metric for Image
// Captioning", EMNLP 2021, section 3; clipscore.py of jmhessel/clipscore.
//
// Per pair, the harmonic mean of its CLIP-S and the cosine of its caption with the nearest reference; then
// the mean over the pairs that have references:
//
//     a = 2.5 · max(cos(image, prompt + caption), 0)
//     b = max(max over references r of cos(prompt + caption, prompt + r), 0)
//     RefCLIP-S = mean of 2ab / (a + b)
//
// As in the script, a carries the weight 2.5 and b does not.
//
// Departures: the script does not clamp b, so a negative b makes its harmonic mean negative or huge. Here the
// score is then 0, as in the paper's formula; it is also 0 if a and b both are. The script requires
// references for every item; here items without references are left out.

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "tise/metrics/metrics.h"
#include "tise/metrics/selection.h"
#include "tise/metrics/similarity.h"

namespace tise::metrics {
namespace {

double closeness_to_references(const PairTexts& pair, const BlockTexts& texts) {
  double nearest = 0.0;
  for (const std::size_t reference : pair.references) {
    const double similarity =
        cosine(texts.embeddings(), texts.at(pair.prompted), texts.embeddings(), texts.at(reference));
    if (std::isnan(similarity)) return similarity;
    nearest = std::max(nearest, similarity);
  }
  return nearest;
}

double harmonic_mean(double a, double b) { return a + b == 0.0 ? 0.0 : 2.0 * a * b / (a + b); }

void score_block(Scores& scores, const Texts& texts, const Embeddings& images,
                 std::span<const PairRow> block) {
  std::vector<std::size_t> used;
  for (const auto& [index, row] : block) {
    const PairTexts& pair = texts.of_pair[index];
    used.push_back(pair.prompted);
    used.insert(used.end(), pair.references.begin(), pair.references.end());
  }
  const BlockTexts embedded(texts, std::move(used));
  for (const auto& [index, row] : block) {
    const PairTexts& pair = texts.of_pair[index];
    const double to_image =
        clip_score_of(cosine(images, row, embedded.embeddings(), embedded.at(pair.prompted)));
    scores[index] = harmonic_mean(to_image, closeness_to_references(pair, embedded));
  }
}

Step ref_clip_score(const Reading& reading) {
  std::vector<std::size_t> pairs = pairs_for(reading.samples, reading.metric);
  if (pairs.empty()) return Result::undefined("no pairs");
  const Texts& texts = *reading.texts;
  std::erase_if(pairs, [&](std::size_t pair) { return texts.of_pair[pair].references.empty(); });
  if (pairs.empty()) return Result::undefined("no item has references");
  auto scores = std::make_shared<Scores>(reading.samples.pairs.size());
  return pass_over_pairs(
      reading, pairs,
      [scores, &texts](const Embeddings& images, std::span<const PairRow> block) {
        visit_in_parts(block, [&](auto part) { score_block(*scores, texts, images, part); });
      },
      [scores, &samples = reading.samples] { return mean_of_pairs(samples, std::move(*scores)); });
}

void visit_texts_of_references(const data::Item& item, const Settings& settings, const TextVisitor& visit) {
  visit(settings.prompt + item.caption);
  for (const std::string& reference : item.references) visit(settings.prompt + reference);
}

}  // namespace

extern const Metric kRefClipScore{
    .key = "RefCLIP-S",
    .summary = "harmonic mean of CLIP-S and the best cosine between caption and references",
    .definition =
        "harmonic mean of CLIP-S and the largest cosine between caption and references, at least 0; mean "
        "over pairs that have references",
    .range = {0.0, 2.0 * kClipScoreWeight / (kClipScoreWeight + 1.0)},
    .role = &kImageText,
    .items = {.captions = true, .references = true},
    .settings = {&kPromptSetting},
    .texts = &visit_texts_of_references,
    .compute = &ref_clip_score};

}  // namespace tise::metrics
