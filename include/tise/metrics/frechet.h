#pragma once

#include <ATen/core/Tensor.h>

#include "tise/metrics/moments.h"

namespace tise::metrics {

/// ‖μ−μᵣ‖² + tr(Σ+Σᵣ−2(ΣΣᵣ)^½), at least 0; NaN where a moment isn't finite. Both have covariances, of the
/// same size.
double frechet_distance(const Moments& a, const Moments& b);

/// The distance of some rows' moments from fixed ones, and how each of the rows moves it.
class FrechetDistance {
 public:
  /// Both have covariances, of the same size, and all is finite.
  FrechetDistance(const Moments& rows, const Moments& fixed);

  double value() const { return value_; }

  /// What as many rows from the Gaussian with the fixed moments would have on average, to second order: tr
  /// Σᵣ/n for their mean, and for their covariance 1/2n · (Σ_ij s_i s_j/(s_i + s_j) + ½ Σ_i s_i). The
  /// spectrum s is that of (ΣΣᵣ)^½, which is Σᵣ's where the two are alike.
  double null_floor() const;

  /// The derivative of the distance with respect to each row's weight, [n] float64 on the CPU, of rows [n, F]
  /// that the moments are of; their mean over all rows is 0. Computed on the rows' device.
  at::Tensor influence(const at::Tensor& rows) const;

 private:
  double value_ = 0;
  double count_ = 0;
  at::Tensor mean_;         // [F] of the rows
  at::Tensor slope_;        // [F] 2(μ − μᵣ)
  at::Tensor transport_;    // [F, k] float32, triangular: the map to the fixed Gaussian is T · Tᵀ
  at::Tensor spectrum_;     // [k] eigenvalues of (ΣΣᵣ)^½
  double trace_ = 0;        // tr Σ
  double fixed_trace_ = 0;  // tr Σᵣ
};

}  // namespace tise::metrics
