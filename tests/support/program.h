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

/// How a program ended and what it said.
struct Outcome {
  int code = -1;  ///< exit code, or 128 + signal
  std::string out;
  std::string err;
  double peak_mib = 0;  ///< its largest resident set
};

/// How a program is ended before its end.
struct Stop {
  int signal = 0;
  std::string at = {};                 ///< as soon as this text is on its stderr; empty: from the start on
  std::chrono::milliseconds after{0};  ///< and so much later
};

/// The built tise-eval, run as a shell would, with no models folder in the environment.
class Program {
 public:
  using Environment = std::vector<std::pair<std::string, std::string>>;
  /// A fork is a copy of this process, in which the program is called: it starts many times as fast, since
  /// LibTorch is loaded already. For tests that compute nothing themselves.
  enum class Start { kProgram, kFork };
  /// `prepare` is called in the new process before it becomes the program: to close a stream, to give up
  /// root.
  explicit Program(const std::vector<std::string>& arguments, const Environment& more = {},
                   const std::function<void()>& prepare = {}, Start start = Start::kProgram);

  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  /// Until this text is on its stderr, or nothing more comes.
  void wait_until_it_says(const std::string& text);
  /// Waits for its end, or ends it. To be called once.
  Outcome wait(const std::optional<Stop>& stop = std::nullopt);
  void kill(int signal) const;

 private:
  TempFolder folder_;
  int err_;           ///< where its stderr is read
  std::string said_;  ///< what was read there
  int process_;
};

/// Runs it and waits.
Outcome tise_eval(const std::vector<std::string>& arguments, const std::optional<Stop>& stop = std::nullopt);

/// For root, whom no permissions keep from anything: goes on as the user who has none.
void give_up_root();

/// Whether the program can be run so; it can't where its folder is root's alone.
bool runs_without_root();

/// A folder or file of the demo world.
std::string demo(const std::string& name);

}  // namespace tise::testing
