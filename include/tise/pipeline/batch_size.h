#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <mutex>

namespace tise::pipeline {

/// How many items go into a batch. It doubles from `first` as long as that makes an item quicker by a
/// twentieth, up to `most` (the knee of the throughput), and is halved, to stay so, where memory runs out.
/// Several threads may use it.
class BatchSize {
 public:
  /// `first == most` is a fixed size.
  BatchSize(std::size_t first, std::size_t most);

  std::size_t get() const;

  /// A batch of `items` took so long. Of each size the first batch counts for nothing: it warms up.
  void took(std::size_t items, double seconds);
  /// A batch of `items` found no memory.
  void ran_out(std::size_t items);

 private:
  mutable std::mutex mutex_;
  std::size_t size_;
  std::size_t most_;
  bool warm_ = false;
  double best_ = std::numeric_limits<double>::infinity();  ///< seconds an item, at the size before
};

/// Runs items [begin, end) for all of `items`, `size` at a time, in smaller parts where that throws
/// OutOfMemory; lets it through where one item alone does.
void in_batches(std::size_t items, BatchSize& size,
                const std::function<void(std::size_t begin, std::size_t end)>& run);

}  // namespace tise::pipeline
