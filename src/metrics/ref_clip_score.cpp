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

double closeness_to_references(const SamplePair& pair, const Embeddings& texts) {
  double nearest = 0.0;
  for (const std::size_t reference : pair.references) {
    const double similarity = cosine(texts, pair.prompted, texts, reference);
    if (std::isnan(similarity)) return similarity;
    nearest = std::max(nearest, similarity);
  }
  return nearest;
}

double harmonic_mean(double a, double b) { return a + b == 0.0 ? 0.0 : 2.0 * a * b / (a + b); }

}  // namespace

Result ref_clip_score(const Samples& samples, const Reference*, const Settings&) {
  std::vector<std::size_t> pairs = pairs_for(samples, kRefClipScoreKey);
  if (pairs.empty()) return Result::undefined("no pairs");
  std::erase_if(pairs, [&](std::size_t pair) { return samples.pairs[pair].references.empty(); });
  if (pairs.empty()) return Result::undefined("no item has references");
  if (!samples.clip) return Result::undefined("no image embeddings");

  const Embeddings texts(samples.text_embeddings);
  std::vector<std::optional<double>> scores(samples.pairs.size());
  const std::vector<double> cosines = image_caption_cosines(samples, pairs);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const double to_image = std::max(kClipScoreWeight * cosines[i], 0.0);
    scores[pairs[i]] = harmonic_mean(to_image, closeness_to_references(samples.pairs[pairs[i]], texts));
  }
  return mean_of_pairs(samples, std::move(scores));
}

}  // namespace tise::metrics
