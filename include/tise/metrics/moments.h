#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tise/metrics/samples.h"

namespace tise::metrics {

/// Mean and covariance (denominator n - 1) of feature rows, float64.
struct Moments {
  at::Tensor mean;         ///< [F] float64
  at::Tensor covariance;   ///< [F, F] float64; undefined where fewer than two rows were seen
  std::int64_t count = 0;  ///< 0 where a file did not say
};

/// Gathers moments block by block: each block's are exact, blocks are merged by Chan's formula
/// (Chan, Golub, LeVeque 1983), so nothing is lost to cancellation however large the mean.
class MomentsAccumulator {
 public:
  /// `rows`: [n, F], any floating type.
  void add(const at::Tensor& rows);
  Moments moments() const;

 private:
  std::int64_t count_ = 0;
  at::Tensor mean_;     // [F] float64
  at::Tensor scatter_;  // [F, F] float64: sum of (x - mean)(x - mean)^T
};

/// Of the features of a stream.
Moments feature_moments(const ImageStream& inception);
/// The same of some images only (indices, rising).
Moments feature_moments(const ImageStream& inception, const std::vector<std::size_t>& images);

/// Where real features come from, beside their moments.
struct Reference {
  Moments moments;
  bool verified = false;  ///< made with the same network and preparation as the evaluated features
};

}  // namespace tise::metrics
