#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <mutex>

namespace tise::pipeline {

/// The number of items per batch. It doubles from `first` up to `most` while each doubling makes an item at
/// least 5% faster, and stops at the knee of the throughput. If memory runs out it is halved and no longer
/// grows. Thread-safe.
class BatchSize {
 public:
  /// `first == most` is a fixed size.
  BatchSize(std::size_t first, std::size_t most);

  std::size_t get() const;

  /// Reports how long a batch of `items` took. Ignores the first batch of each size, which warms up.
  void took(std::size_t items, double seconds);
  /// Reports that a batch of `items` ran out of memory.
  void ran_out(std::size_t items);

 private:
  mutable std::mutex mutex_;
  std::size_t size_;
  std::size_t most_;
  bool warm_ = false;
  double best_ = std::numeric_limits<double>::infinity();  ///< seconds per item at the previous size
};

/// Calls `run` with consecutive ranges [begin, end) of at most `size` items until all `items` are done. If
/// `run` throws OutOfMemory it retries with smaller ranges; rethrows if a single item doesn't fit.
void in_batches(std::size_t items, BatchSize& size,
                const std::function<void(std::size_t begin, std::size_t end)>& run);

}  // namespace tise::pipeline
