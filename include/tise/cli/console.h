#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace spdlog {
class logger;
}

namespace tise::cli {

enum class Verbosity {
  kSilent,  ///< errors alone
  kQuiet,   ///< and warnings
  kNormal,
  kVerbose
};

/// Lines for people, or an object a line for programs: {"time": …, "level": …, "message": …}.
enum class LogFormat { kText, kJson };

struct LogStyle {
  Verbosity verbosity = Verbosity::kNormal;
  LogFormat format = LogFormat::kText;
};

/// What the program says on stderr, where no name from outside can act on the terminal (base/utf8.h,
/// `printable`): information, warnings, and on a terminal a line of progress; there
/// warnings and errors are in colour, unless $NO_COLOR is set. Used from one thread.
class Console {
 public:
  explicit Console(LogStyle style);

  void info(const std::string& message);
  void detail(const std::string& message);  ///< with --verbose
  void warn(const std::string& message);
  void error(const std::string& message);  ///< as a line of the program's: `tise-eval: …`, with --quiet too
  /// A block as it is (the table), for people alone.
  void print(const std::string& text);

  /// Rate and time left: on a terminal a line that is rewritten, elsewhere a line once the stage's
  /// first seconds have shown the pace, and one every five minutes; in JSON every ten seconds.
  void progress(const std::string& stage, std::size_t done, std::size_t total);

  const LogStyle& style() const { return style_; }

 private:
  bool is_json() const { return style_.format == LogFormat::kJson; }
  /// How far the stage is.
  void show(std::size_t done, std::size_t total, double per_second);
  void clear_line();

  LogStyle style_;
  bool terminal_;
  std::shared_ptr<spdlog::logger> logger_;
  bool line_shown_ = false;
  std::string stage_;
  std::size_t first_done_ = 0;
  std::chrono::steady_clock::time_point stage_start_;
  std::chrono::steady_clock::time_point last_shown_;
};

}  // namespace tise::cli
