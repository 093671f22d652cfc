#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

#include "tise/metrics/registry.h"

namespace tise::metrics {

/// The squared maximum mean discrepancy of two sets of rows by a kernel k (Gretton et al., "A Kernel
/// Two-Sample Test", JMLR 13, 2012, equations 3 and 5):
///
///     mean k(x, x') + mean k(y, y') − 2 mean k(x, y)
struct KernelDistance {
  /// k of a tile's pairs, [r, c], less a constant of one's choice, which cancels.
  at::Tensor (*kernel)(const Tile& tile);
  /// Whether pairs of a row with itself count (a V-statistic, biased) or not (a U-statistic).
  bool has_self_pairs = false;
  double scale = 1.0;
  std::string_view not_finite;  ///< why there is no number if the sums have none
};

/// The distance of a metric's rows from those of real images, with influences and bias.
Step kernel_distance(const Reading& reading, const KernelDistance& distance);

/// Why a metric that needs rows of real images has no value; empty if it may have one.
std::string why_no_rows(const Reading& reading);

}  // namespace tise::metrics
