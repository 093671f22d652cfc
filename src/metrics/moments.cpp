#include "tise/metrics/moments.h"

#include <ATen/ATen.h>

#include <cmath>

#include "triangle.h"

namespace tise::metrics {
namespace {

/// Adds the lower triangle of rowsᵀ · rows to that of `sum`.
void add_scatter(at::Tensor& sum, const at::Tensor& rows) {
  for_each_block(rows.size(1), [&](std::int64_t begin, std::int64_t columns) {
    const at::Tensor below = rows.slice(1, begin);
    sum.slice(0, begin).narrow(1, begin, columns).addmm_(below.t(), below.narrow(1, 0, columns));
  });
}

}  // namespace

bool all_finite(const Moments& moments) {
  return at::isfinite(moments.mean).all().item<bool>() && at::isfinite(moments.covariance).all().item<bool>();
}

void MomentsAccumulator::add(const at::Tensor& rows) {
  if (rows.size(0) == 0) return;
  const at::Tensor block = rows.to(device_, at::kDouble);
  // The first row is taken off before the mean is: so even the mean keeps its digits where it is large.
  const at::Tensor origin = block.select(0, 0);
  const at::Tensor mean = origin + (block - origin).mean(0);
  const at::Tensor between = move_towards(mean, rows.size(0));
  add_scatter(scatter_, at::cat({block - mean, between}));
}

void MomentsAccumulator::add(const MomentsAccumulator& other) {
  if (other.count_ == 0) return;
  const at::Tensor between = move_towards(other.mean_, other.count_);
  scatter_.add_(other.scatter_);
  add_scatter(scatter_, between);
}

at::Tensor MomentsAccumulator::move_towards(const at::Tensor& mean, std::int64_t count) {
  if (count_ == 0) {
    mean_ = at::zeros_like(mean);
    scatter_ = at::zeros({mean.size(0), mean.size(0)}, mean.options());
  }
  TORCH_CHECK(mean.size(0) == mean_.size(0), "all rows have the same width");
  const auto here = static_cast<double>(count_);
  const auto there = static_cast<double>(count);
  const at::Tensor step = mean - mean_;
  mean_.add_(step, there / (here + there));
  count_ += count;
  return (step * std::sqrt(here * there / (here + there))).unsqueeze(0);
}

Moments MomentsAccumulator::moments() const {
  Moments moments;
  moments.count = count_;
  if (count_ == 0) return moments;
  moments.mean = mean_.to(at::kCPU, /*non_blocking=*/false, /*copy=*/true);
  if (count_ >= 2) {
    const at::Tensor lower = (scatter_ / static_cast<double>(count_ - 1)).to(at::kCPU).tril();
    moments.covariance = lower + lower.tril(-1).t();
  }
  return moments;
}

}  // namespace tise::metrics
