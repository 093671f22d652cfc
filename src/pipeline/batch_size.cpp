#include "tise/pipeline/batch_size.h"

#include <algorithm>
#include <utility>

#include "tise/models/models.h"

namespace tise::pipeline {

BatchSize::BatchSize(std::size_t first, std::size_t most) : size_(std::min(first, most)), most_(most) {}

std::size_t BatchSize::get() const {
  const std::lock_guard lock(mutex_);
  return size_;
}

void BatchSize::took(std::size_t items, double seconds) {
  constexpr double kWorthwhile = 0.95;  // relative to the seconds per item at the previous size
  const std::lock_guard lock(mutex_);
  if (items != size_ || size_ == most_) return;
  if (!std::exchange(warm_, true)) return;
  const double each = seconds / static_cast<double>(items);
  if (each < kWorthwhile * best_) {
    best_ = each;
    size_ = std::min(2 * size_, most_);
    warm_ = false;
  } else {
    most_ = size_;
  }
}

void BatchSize::ran_out(std::size_t items) {
  const std::lock_guard lock(mutex_);
  size_ = most_ = std::max(std::min(items / 2, size_), std::size_t{1});
}

void in_batches(std::size_t items, BatchSize& size,
                const std::function<void(std::size_t begin, std::size_t end)>& run) {
  for (std::size_t begin = 0; begin < items;) {
    const std::size_t end = std::min(begin + size.get(), items);
    try {
      run(begin, end);
      begin = end;
    } catch (const models::OutOfMemory&) {
      if (end - begin == 1) throw;
      size.ran_out(end - begin);
    }
  }
}

}  // namespace tise::pipeline
