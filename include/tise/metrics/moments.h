#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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
  /// Takes in the mean of other rows. Returns [1, F] what the scatter of all has beside those of the two:
  /// that of a row.
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

}  // namespace tise::metrics
