#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "tise/run/run.h"

namespace tise::run {

/// The processes that a launcher (torchrun) started for one job, on one or more machines, and the counters
/// that they share through LibTorch's TCPStore.
class Processes {
 public:
  /// Reads the launcher's environment (RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT and what torchrun adds).
  /// Returns nullopt if there is only one process. Throws ModelError if the TCPStore is unreachable,
  /// UsageError if a variable is invalid.
  static std::optional<Processes> from_environment();

  std::size_t index() const { return index_; }  ///< from 0
  std::size_t count() const { return count_; }
  bool leads() const { return index_ == 0; }

  /// The options with this process's share of its machine: for `auto` or `cuda` the GPU of its LOCAL_RANK,
  /// and an equal share of the processors.
  Encoding share_of(Encoding encoding) const;

  /// Adds `number` to a counter, which starts at 0, and returns its new value. The addition is atomic: two
  /// processes that add 1 get different values.
  std::size_t add(const std::string& counter, std::size_t number);
  /// Waits until a counter reaches `number`, for at most `most`. Returns whether it did. Throws Interrupted.
  bool wait_for(const std::string& counter, std::size_t number, const std::stop_token& stop,
                std::chrono::steady_clock::duration most = std::chrono::steady_clock::duration::max());

  /// Called when this process no longer needs the counters. If it hosts them itself (no launcher does), it
  /// first waits a limited time for the others to leave.
  void leave(const std::stop_token& stop);

 private:
  struct Impl;
  explicit Processes(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

  std::shared_ptr<Impl> impl_;
  std::size_t index_ = 0;
  std::size_t count_ = 1;
  std::size_t local_index_ = 0;
  std::size_t local_count_ = 1;
  bool keeps_counters_ = false;
};

}  // namespace tise::run
