#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace tise::cli {

enum class Verbosity { kQuiet, kNormal, kVerbose };

/// What the program says to people, all of it on stderr: information, warnings, and on a terminal a line of
/// progress. Used from one thread.
class Console {
 public:
  explicit Console(Verbosity verbosity);

  void info(const std::string& message);
  void detail(const std::string& message);  ///< with --verbose
  void warn(const std::string& message);
  void error(const std::string& message);  ///< as a line of the program's: `tise-eval: …`, with --quiet too
  /// A block as it is (the table).
  void print(const std::string& text);

  /// Rate and time left: on a terminal a line that is rewritten, elsewhere a line once the stage's
  /// first seconds have shown the pace, and one every five minutes.
  void progress(const std::string& stage, std::size_t done, std::size_t total);

 private:
  void clear_line();

  Verbosity verbosity_;
  bool terminal_;
  bool line_shown_ = false;
  std::string stage_;
  std::size_t first_done_ = 0;
  std::chrono::steady_clock::time_point stage_start_;
  std::chrono::steady_clock::time_point last_shown_;
};

/// `12 s`, `3 min 20 s`, `2 h 5 min`.
std::string duration_text(double seconds);

}  // namespace tise::cli
