#include "tise/metrics/moments.h"

#include <ATen/ATen.h>

namespace tise::metrics {

bool all_finite(const Moments& moments) {
  return at::isfinite(moments.mean).all().item<bool>() && at::isfinite(moments.covariance).all().item<bool>();
}

void MomentsAccumulator::add(const at::Tensor& rows) {
  if (rows.size(0) == 0) return;
  const at::Tensor block = rows.to(device_, at::kDouble);
  MomentsAccumulator own(device_);
  // The first row is taken off before the mean is: so even the mean keeps its digits where it is large.
  const at::Tensor origin = block.select(0, 0);
  own.count_ = rows.size(0);
  own.mean_ = origin + (block - origin).mean(0);
  const at::Tensor centred = block - own.mean_;
  own.scatter_ = at::matmul(centred.t(), centred);
  add(own);
}

void MomentsAccumulator::add(const MomentsAccumulator& other) {
  if (other.count_ == 0) return;
  if (count_ == 0) {
    count_ = other.count_;
    mean_ = other.mean_.clone();
    scatter_ = other.scatter_.clone();
    return;
  }
  TORCH_CHECK(other.mean_.size(0) == mean_.size(0), "all rows have the same width");
  const auto n = static_cast<double>(other.count_);
  const double total = static_cast<double>(count_) + n;
  const at::Tensor step = other.mean_ - mean_;
  scatter_.add_(other.scatter_).addr_(step, step, 1.0, static_cast<double>(count_) * n / total);
  mean_.add_(step, n / total);
  count_ += other.count_;
}

Moments MomentsAccumulator::moments() const {
  Moments moments;
  moments.count = count_;
  if (count_ == 0) return moments;
  moments.mean = mean_.to(at::kCPU, /*non_blocking=*/false, /*copy=*/true);
  if (count_ >= 2) {
    moments.covariance = (scatter_ / static_cast<double>(count_ - 1)).to(at::kCPU);
  }
  return moments;
}

Moments moments_of(const RowBlocks& features, c10::Device device) {
  MomentsAccumulator accumulator(device);
  features([&](const RowBlock& block) { accumulator.add(block.rows); });
  return accumulator.moments();
}

}  // namespace tise::metrics
