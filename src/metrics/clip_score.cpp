// CLIPScore (CLIP-S), Hessel et al., "CLIPScore: A Reference-free Evaluation Metric for Image Captioning",
// EMNLP 2021, section 3; clipscore.py of jmhessel/clipscore.
//
//     CLIP-S = mean over pairs of 2.5 · max(cos(image, prompt + caption), 0)
//
// Departures: none in the formula. The script's cosines are float32 (float16 on a GPU), ours are float64 sums
// of the float32 embeddings. An embedding of zeros has cosine 0 with everything, as it has in the script.

#include "tise/metrics/clip_score.h"

#include <algorithm>

#include "tise/metrics/selection.h"
#include "tise/metrics/similarity.h"

namespace tise::metrics {

double clip_score_of(double cosine) { return std::max(kClipScoreWeight * cosine, 0.0); }

Result clip_score(const Samples& samples, const Reference*, const Settings&) {
  const std::vector<std::size_t> pairs = pairs_for(samples, kClipScoreKey);
  if (pairs.empty()) return Result::undefined("no pairs");
  if (!samples.clip) return Result::undefined("no image embeddings");

  std::vector<std::optional<double>> scores(samples.pairs.size());
  const std::vector<double> cosines = own_cosines(samples, pairs, &SamplePair::prompted);
  for (const std::size_t pair : pairs) scores[pair] = clip_score_of(cosines[pair]);
  return mean_of_pairs(samples, std::move(scores));
}

}  // namespace tise::metrics
