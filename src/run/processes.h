#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "tise/run/run.h"

namespace tise::run {

/// The processes that a launcher (torchrun) started for one job, on one machine or several, and the counters
/// that they share: LibTorch's TCPStore.
class Processes {
 public:
  /// As the launcher's environment says (RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT and what torchrun adds);
  /// nothing where there is one process. Throws ModelError where the store can't be reached, UsageError where
  /// the environment makes no sense.
  static std::optional<Processes> from_environment();

  std::size_t index() const { return index_; }  ///< from 0
  std::size_t count() const { return count_; }
  bool leads() const { return index_ == 0; }

  /// The options with this process's share of its machine: of `auto` or `cuda` the GPU with its LOCAL_RANK,
  /// of the processors as many as there are for each.
  Encoding share_of(Encoding encoding) const;

  /// Adds to a counter, which begins at 0, and gives what it comes to: the same number never twice.
  std::size_t add(const std::string& counter, std::size_t number);
  /// Waits until a counter has come to a number, at most so long. Says whether it has. Throws Interrupted.
  bool wait_for(const std::string& counter, std::size_t number, const std::stop_token& stop,
                std::chrono::steady_clock::duration most = std::chrono::steady_clock::duration::max());

  /// This one needs the counters no more. Where it keeps them itself, there being no launcher that does, it
  /// waits for the others, but not long for one that doesn't come.
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
