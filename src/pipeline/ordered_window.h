#pragma once

#include <ATen/core/Tensor.h>

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "tise/pipeline/encode_images.h"

namespace tise::pipeline {

/// The limit on bytes of decoded pictures in the window, and on those in a batch.
inline constexpr std::size_t kMostPixelBytes = std::size_t{128} << 20U;

struct Prepared {
  FileIdentity file;
  std::vector<at::Tensor> inputs;               ///< one per branch; undefined if the branch doesn't need it
  std::shared_ptr<const image::Pixels> pixels;  ///< null unless one of its branches takes pixels
};

/// A worker's result for a task: its inputs, why the image is bad, or an exception.
using Outcome = std::variant<Prepared, BadImage, std::exception_ptr>;

inline std::size_t bytes_of(const Outcome& outcome) {
  const auto* prepared = std::get_if<Prepared>(&outcome);
  return prepared != nullptr && prepared->pixels ? prepared->pixels->rgb.size() : 0;
}

/// Passes results from workers to the encoding thread in the order of their tasks. The number of pictures and
/// the bytes of decoded pixels in the window are limited; a worker that is too far ahead waits.
class OrderedWindow {
 public:
  OrderedWindow(std::size_t tasks, std::size_t width) : tasks_(tasks), width_(width) {}

  /// The next task for a worker; nullopt if all are given out or the window is closed.
  std::optional<std::size_t> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || given_ >= tasks_ || has_room(); });
    if (closed_ || given_ >= tasks_) return std::nullopt;
    return given_++;
  }

  void put(std::size_t task, Outcome outcome) {
    const std::lock_guard lock(mutex_);
    bytes_ += bytes_of(outcome);
    outcomes_.emplace(task, std::move(outcome));
    changed_.notify_all();
  }

  /// Waits for and returns the result of the next task in order.
  Outcome next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !outcomes_.empty() && outcomes_.begin()->first == next_; });
    Outcome outcome = std::move(outcomes_.begin()->second);
    outcomes_.erase(outcomes_.begin());
    bytes_ -= bytes_of(outcome);
    ++next_;
    changed_.notify_all();
    return outcome;
  }

  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  /// There is always room for the task that the encoding thread waits for.
  bool has_room() const { return given_ == next_ || (given_ < next_ + width_ && bytes_ < kMostPixelBytes); }

  const std::size_t tasks_;
  const std::size_t width_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::size_t, Outcome> outcomes_;
  std::size_t bytes_ = 0;
  std::size_t given_ = 0;
  std::size_t next_ = 0;
  bool closed_ = false;
};

}  // namespace tise::pipeline
