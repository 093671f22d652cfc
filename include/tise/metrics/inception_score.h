#pragma once

#include <string_view>

#include "tise/metrics/moments.h"
#include "tise/metrics/result.h"
#include "tise/metrics/row_blocks.h"
#include "tise/metrics/samples.h"
#include "tise/metrics/settings.h"

namespace tise::metrics {

inline constexpr std::string_view kInceptionScoreKey = "IS";
inline constexpr std::string_view kCalibratedInceptionScoreKey = "IS*";

/// IS: how sure a classifier is of each image, and how many classes it sees over all of them.
Result inception_score(const Samples& samples, const Reference* real, const Settings& settings);

/// IS*: the same with calibrated probabilities, softmax(logits / settings.temperature).
Result calibrated_inception_score(const Samples& samples, const Reference* real, const Settings& settings);

/// How rows are dealt to the splits.
enum class Cut {
  kPermuted,  ///< permuted, then the i-th split is [i·n/S, (i+1)·n/S)
  kInOrder,   ///< the same without the permutation
  kEqual,     ///< in order, n/S rows each; the remainder is dropped
};

/// The score: mean over the splits with `std`, `whole_set`, `splits`, and as the cut has them `seed` and
/// `dropped`; with the images' influences. Or why there is none.
/// The rows' places are in the order that is permuted.
Result inception_score_of(const Samples& samples, const MetricRows& logits, Cut cut, double temperature,
                          const Settings& settings);

}  // namespace tise::metrics
