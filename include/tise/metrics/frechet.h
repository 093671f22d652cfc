#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>

namespace tise::metrics {

/// Mean and covariance (denominator n - 1) of feature rows, float64.
struct Moments {
  at::Tensor mean;         ///< [F] float64
  at::Tensor covariance;   ///< [F, F] float64; undefined where fewer than two rows were seen
  std::int64_t count = 0;  ///< 0 where a file did not say
};

/// Whether mean and covariance, which is there, are finite throughout.
bool all_finite(const Moments& moments);

/// Gathers moments block by block: each block's are exact, blocks are merged by Chan's formula
/// (Chan, Golub, LeVeque 1983), so nothing is lost to cancellation however large the mean.
class MomentsAccumulator {
 public:
  /// `device`: where the sums are, in float64.
  explicit MomentsAccumulator(c10::Device device = c10::kCPU) : device_(device) {}
  /// `rows`: [n, F], any floating type, on any device.
  void add(const at::Tensor& rows);
  /// Adds what another one has gathered, on the same device.
  void add(const MomentsAccumulator& other);
  /// On the CPU.
  Moments moments() const;

 private:
  /// Folds in the mean of `count` more rows. Returns the row, [1, F], whose scatter has to be added to those
  /// of the two sets to give that of all.
  at::Tensor move_towards(const at::Tensor& mean, std::int64_t count);

  c10::Device device_;
  std::int64_t count_ = 0;
  at::Tensor mean_;     // [F] float64
  at::Tensor scatter_;  // [F, F] float64: sum of (x - mean)(x - mean)^T, its lower triangle
};

/// Features of real images, or of objects in them.
struct RealFeatures {
  Moments moments;
  bool verified = false;  ///< made with the same networks and preparation as the evaluated features
};

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
