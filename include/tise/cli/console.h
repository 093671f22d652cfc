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
  kSilent,  ///< errors only
  kQuiet,   ///< errors and warnings
  kNormal,
  kVerbose
};

/// Text lines for people, or one JSON object per line for programs: {"time": …, "level": …, "message": …}.
enum class LogFormat { kText, kJson };

struct LogStyle {
  Verbosity verbosity = Verbosity::kNormal;
  LogFormat format = LogFormat::kText;
};

/// Writes messages and progress to stderr. Names from outside are escaped, so that they can't control the
/// terminal (`printable` in base/utf8.h). On a terminal, warnings and errors are in color unless $NO_COLOR is
/// set. Use it from one thread only.
class Console {
 public:
  explicit Console(LogStyle style);

  void info(const std::string& message);
  void detail(const std::string& message);  ///< only with --verbose
  void warn(const std::string& message);
  void error(const std::string& message);  ///< as `tise-eval: …`, even with --quiet
  /// Prints a block of text, such as the table; nothing with --quiet or in JSON.
  void print(const std::string& text);

  /// Shows rate and time left. A terminal gets one line that is rewritten. Elsewhere a line follows the first
  /// seconds of a stage, then one every five minutes, or in JSON one every ten seconds.
  void progress(const std::string& stage, std::size_t done, std::size_t total);

  const LogStyle& style() const { return style_; }

 private:
  bool is_json() const { return style_.format == LogFormat::kJson; }
  /// Prints the progress of the stage.
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
