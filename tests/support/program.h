#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/temp_folder.h"

namespace tise::testing {

/// How a program ended, and its output.
struct Outcome {
  int code = -1;  ///< exit code, or 128 + signal
  std::string out;
  std::string err;
  double peak_mib = 0;  ///< its largest resident set
};

/// How to stop a program early.
struct Stop {
  int signal = 0;
  std::string at = {};                 ///< wait until this text is on its stderr; empty: don't wait
  std::chrono::milliseconds after{0};  ///< and then for this long
};

/// The built tise-eval, run as from a shell, without a models folder in the environment.
class Program {
 public:
  using Environment = std::vector<std::pair<std::string, std::string>>;
  /// kFork calls the program in a fork of this process. It starts many times faster, since LibTorch is
  /// already loaded. Only for tests that compute nothing in their own process.
  enum class Start { kProgram, kFork };
  /// `prepare` is called in the new process before the program starts, for example to close a stream or to
  /// give up root.
  explicit Program(const std::vector<std::string>& arguments, const Environment& more = {},
                   const std::function<void()>& prepare = {}, Start start = Start::kProgram);

  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  /// Waits until this text is on its stderr, or until its stderr ends.
  void wait_until_it_says(const std::string& text);
  /// Waits for its end, after stopping it if `stop` is given. Call it once.
  Outcome wait(const std::optional<Stop>& stop = std::nullopt);
  void kill(int signal) const;

 private:
  TempFolder folder_;
  int err_;           ///< the pipe of its stderr
  std::string said_;  ///< what was read from it
  int process_;
};

/// Runs it and waits.
Outcome tise_eval(const std::vector<std::string>& arguments, const std::optional<Stop>& stop = std::nullopt);

/// If this is root, whom no permissions stop, continues as the user `nobody`.
void give_up_root();

/// Whether the program runs after `give_up_root`. It doesn't if only root may read its folder.
bool runs_without_root();

/// A folder or file of the demo world.
std::string demo(const std::string& name);

}  // namespace tise::testing
