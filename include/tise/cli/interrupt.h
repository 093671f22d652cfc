#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>

#include "tise/cli/console.h"

namespace tise::cli {

/// Turns Ctrl-C and SIGTERM into a stop request. Where the program hasn't ended a little later (a long batch,
/// a model being loaded), it ends it: temporary folders go, and the exit code is 130.
///
/// To be made before any other thread, so that only its own thread sees the signals.
class InterruptGuard {
 public:
  /// `style`: of the line that it says then.
  explicit InterruptGuard(LogStyle style = {});
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  ~InterruptGuard();

  std::stop_token token() const;
  /// A folder to remove should the program be ended the hard way.
  void remove_at_exit(const std::filesystem::path& folder);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tise::cli
