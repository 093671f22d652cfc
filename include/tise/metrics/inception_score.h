#pragma once

#include "tise/metrics/registry.h"

namespace tise::metrics {

/// How rows are dealt to the splits.
enum class Cut {
  kPermuted,  ///< permuted, then the i-th split is [i·n/S, (i+1)·n/S)
  kInOrder,   ///< the same without the permutation
  kEqual,     ///< in order, n/S rows each; the remainder is dropped
};

/// The score of a metric's rows, of images or of crops: mean over the splits with `std`, `whole_set`,
/// `splits`, and as the cut has them `seed` and `dropped`; with the images' influences.
Step inception_score(const Reading& reading, Cut cut, double temperature);

}  // namespace tise::metrics
