#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>

#include "tise/metrics/moments.h"
#include "tise/metrics/result.h"
#include "tise/metrics/samples.h"
#include "tise/metrics/settings.h"

namespace tise::metrics {

inline constexpr std::string_view kInceptionScoreKey = "IS";
inline constexpr std::string_view kCalibratedInceptionScoreKey = "IS*";

/// IS: how sure a classifier is of each image, and how many classes it sees over all of them.
Result inception_score(const Samples& samples, const Reference* real, const Settings& settings);

/// IS*: the same with calibrated probabilities, softmax(logits / settings.temperature).
Result calibrated_inception_score(const Samples& samples, const Reference* real, const Settings& settings);

/// Calls its argument with logits [n, C] and with their rows' places in the order that is permuted, each
/// place once.
using LogitBlocks =
    std::function<void(const std::function<void(std::span<const std::size_t> places, const at::Tensor&)>&)>;

/// How rows are dealt to the splits.
enum class Cut {
  kPermuted,  ///< permuted, then the i-th split is [i·n/S, (i+1)·n/S)
  kInOrder,   ///< the same without the permutation
  kEqual,     ///< in order, n/S rows each; the remainder is dropped
};

/// The score of `count` rows: mean over the splits with `std`, `whole_set`, `splits`, and as the cut has them
/// `seed` and `dropped`. `noun` names a row in the reason why there is none.
Result inception_score_of(const LogitBlocks& logits, std::size_t count, std::string_view noun, Cut cut,
                          double temperature, const Settings& settings);

}  // namespace tise::metrics
