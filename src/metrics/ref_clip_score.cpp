// RefCLIPScore (RefCLIP-S), Hessel et al., "CLIPScore: A Reference-free Evaluation Metric for Image
// Captioning", EMNLP 2021, section 3; clipscore.py of jmhessel/clipscore.
//
// Per pair the harmonic mean of its CLIP-S and of its caption's closeness to the nearest reference; then the
// mean over the pairs that have references:
//
//     a = 2.5 · max(cos(image, prompt + caption), 0)
//     b = max(max over references r of cos(prompt + caption, prompt + r), 0)
//     RefCLIP-S = mean of 2ab / (a + b)
//
// As in the script, a carries the weight and b does not. Departures: the script does not clamp b, so that a
// negative b makes its harmonic mean negative or huge; ours is 0 then, as the paper's formula has it, and 0
// where a and b both are. The script wants references for every item, here those without are left out.

#include "tise/metrics/ref_clip_score.h"

#include <algorithm>
#include <cmath>

#include "tise/metrics/clip_score.h"
#include "tise/metrics/selection.h"
#include "tise/metrics/similarity.h"

namespace tise::metrics {
namespace {

double closeness_to_references(const SamplePair& pair, const BlockTexts& texts) {
  double nearest = 0.0;
  for (const std::size_t reference : pair.references) {
    const double similarity =
        cosine(texts.embeddings(), texts.at(pair.prompted), texts.embeddings(), texts.at(reference));
    if (std::isnan(similarity)) return similarity;
    nearest = std::max(nearest, similarity);
  }
  return nearest;
}

/// Captions and references of a block.
std::vector<std::size_t> texts_of(const Samples& samples, std::span<const PairRow> block) {
  std::vector<std::size_t> rows;
  for (const auto& [index, row] : block) {
    const SamplePair& pair = samples.pairs[index];
    rows.push_back(pair.prompted);
    rows.insert(rows.end(), pair.references.begin(), pair.references.end());
  }
  return rows;
}

double harmonic_mean(double a, double b) { return a + b == 0.0 ? 0.0 : 2.0 * a * b / (a + b); }

}  // namespace

Result ref_clip_score(const Samples& samples, const Reference*, const Settings&) {
  std::vector<std::size_t> pairs = pairs_for(samples, kRefClipScoreKey);
  if (pairs.empty()) return Result::undefined("no pairs");
  std::erase_if(pairs, [&](std::size_t pair) { return samples.pairs[pair].references.empty(); });
  if (pairs.empty()) return Result::undefined("no item has references");
  if (!samples.clip) return Result::undefined("no image embeddings");

  std::vector<std::optional<double>> scores(samples.pairs.size());
  visit_pairs(samples, pairs, [&](const Embeddings& images, std::span<const PairRow> block) {
    const BlockTexts texts(samples.texts, texts_of(samples, block));
    for (const auto& [index, row] : block) {
      const SamplePair& pair = samples.pairs[index];
      const double to_image = clip_score_of(cosine(images, row, texts.embeddings(), texts.at(pair.prompted)));
      scores[index] = harmonic_mean(to_image, closeness_to_references(pair, texts));
    }
  });
  return mean_of_pairs(samples, std::move(scores));
}

}  // namespace tise::metrics
