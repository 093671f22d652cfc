#include "tise/metrics/moments.h"

#include <ATen/ATen.h>

namespace tise::metrics {

bool all_finite(const Moments& moments) {
  return at::isfinite(moments.mean).all().item<bool>() && at::isfinite(moments.covariance).all().item<bool>();
}

void MomentsAccumulator::add(const at::Tensor& rows) {
  if (rows.size(0) == 0) return;
  const at::Tensor block = rows.to(device_, at::kDouble);
  // The first row is taken off before the mean is: so even the mean keeps its digits where it is large.
  const at::Tensor origin = block.select(0, 0);
  const at::Tensor mean = origin + (block - origin).mean(0);
  const at::Tensor centred = block - mean;
  if (count_ == 0) {
    scatter_ = at::matmul(centred.t(), centred);
  } else {
    TORCH_CHECK(mean.size(0) == mean_.size(0), "all rows have the same width");
    scatter_.addmm_(centred.t(), centred);
  }
  move_towards(mean, rows.size(0));
}

void MomentsAccumulator::add(const MomentsAccumulator& other) {
  if (other.count_ == 0) return;
  if (count_ == 0) {
    scatter_ = other.scatter_.clone();
  } else {
    scatter_.add_(other.scatter_);
  }
  move_towards(other.mean_, other.count_);
}

void MomentsAccumulator::move_towards(const at::Tensor& mean, std::int64_t count) {
  if (count_ == 0) {
    mean_ = mean.clone();
    count_ = count;
    return;
  }
  const auto n = static_cast<double>(count);
  const double total = static_cast<double>(count_) + n;
  const at::Tensor step = mean - mean_;
  scatter_.addr_(step, step, 1.0, static_cast<double>(count_) * n / total);
  mean_.add_(step, n / total);
  count_ += count;
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
