#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "tise/cli/options.h"

namespace tise::cli {

/// The processes that a launcher (torchrun) started for one job, on one machine or several, and the counters
/// that they share: LibTorch's TCPStore.
class Ranks {
 public:
  /// As the launcher's environment says (RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT and what torchrun adds);
  /// nothing where there is one process. Throws ModelError where the store can't be reached, UsageError where
  /// the environment makes no sense.
  static std::optional<Ranks> from_environment();
  /// Whether this is a process whose work another one reports.
  static bool is_follower();

  std::size_t rank() const { return rank_; }
  std::size_t count() const { return count_; }
  bool leads() const { return rank_ == 0; }

  /// The options with this process's share of its machine: of `auto` or `cuda` the GPU of its local rank, of
  /// the processors as many as there are for each.
  EngineOptions share_of(EngineOptions options) const;

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
  explicit Ranks(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

  std::shared_ptr<Impl> impl_;
  std::size_t rank_ = 0;
  std::size_t count_ = 1;
  std::size_t local_rank_ = 0;
  std::size_t local_count_ = 1;
  bool keeps_counters_ = false;
};

}  // namespace tise::cli
