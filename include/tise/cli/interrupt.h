#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>

#include "tise/cli/console.h"

namespace tise::cli {

/// Turns Ctrl-C and SIGTERM into a stop request. If the program is still running a little later (a long
/// batch, a model being loaded), the guard removes the temporary folders and exits with code 130.
///
/// Create it before any other thread, so that only its own thread receives the signals.
class InterruptGuard {
 public:
  /// `style` is for the message printed when the guard ends the program.
  explicit InterruptGuard(LogStyle style = {});
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  ~InterruptGuard();

  std::stop_token token() const;
  /// Adds a folder to remove when the guard ends the program.
  void remove_at_exit(const std::filesystem::path& folder);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tise::cli
