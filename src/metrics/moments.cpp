#include "tise/metrics/moments.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "tise/metrics/selection.h"

namespace tise::metrics {

void MomentsAccumulator::add(const at::Tensor& rows) {
  const std::int64_t n = rows.size(0);
  if (n == 0) return;
  const at::Tensor block = rows.to(device_, at::kDouble);
  // The first row is taken off before the mean is: so even the mean keeps its digits where it is large.
  const at::Tensor origin = block.select(0, 0);
  const at::Tensor mean = origin + (block - origin).mean(0);
  const at::Tensor centred = block - mean;
  const at::Tensor scatter = at::matmul(centred.t(), centred);
  if (count_ == 0) {
    count_ = n;
    mean_ = mean;
    scatter_ = scatter;
    return;
  }
  TORCH_CHECK(mean.size(0) == mean_.size(0), "all rows have the same width");
  const double total = static_cast<double>(count_ + n);
  const at::Tensor step = mean - mean_;
  scatter_.add_(scatter).addr_(step, step, 1.0, static_cast<double>(count_) * static_cast<double>(n) / total);
  mean_.add_(step, static_cast<double>(n) / total);
  count_ += n;
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

Moments feature_moments(const ImageStream& features, const std::vector<std::size_t>& images,
                        c10::Device device) {
  MomentsAccumulator accumulator(device);
  visit_images(features, images, [&](const ImageRows& rows) { accumulator.add(rows.features); });
  return accumulator.moments();
}

Moments feature_moments(const ObjectStream& crops, const std::vector<std::size_t>& images,
                        const std::vector<std::size_t>& first, std::size_t limit, c10::Device device) {
  MomentsAccumulator accumulator(device);
  visit_objects(crops, images, [&](const ObjectRows& rows) {
    std::vector<std::int64_t> taken;
    std::int64_t row = 0;
    for (std::size_t i = 0; i < rows.images.size(); ++i) {
      const auto place = static_cast<std::int64_t>(first[rows.images[i]]);
      const std::int64_t wanted =
          std::clamp<std::int64_t>(static_cast<std::int64_t>(limit) - place, 0, rows.counts[i]);
      for (std::int64_t k = 0; k < wanted; ++k) taken.push_back(row + k);
      row += rows.counts[i];
    }
    accumulator.add(rows.features.index_select(0, at::tensor(taken, at::kLong).to(rows.features.device())));
  });
  return accumulator.moments();
}

}  // namespace tise::metrics
