#include "tise/cli/console.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>

namespace tise::cli {
namespace {

using std::chrono::steady_clock;

constexpr double kRedrawSeconds = 0.2;
// In a log: once there is a rate to go by, and then so often that hours of work don't look like none.
constexpr double kFirstLineSeconds = 5;
constexpr double kLineSeconds = 300;

double since(steady_clock::time_point start) {
  return std::chrono::duration<double>(steady_clock::now() - start).count();
}

}  // namespace

std::string duration_text(double seconds) {
  const auto whole = std::llround(seconds);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

Console::Console(Verbosity verbosity) : verbosity_(verbosity), terminal_(::isatty(STDERR_FILENO) == 1) {
  spdlog::drop("tise-eval");
  spdlog::set_default_logger(spdlog::stderr_logger_st("tise-eval"));
  spdlog::set_pattern("%v");
  spdlog::set_level(verbosity == Verbosity::kQuiet     ? spdlog::level::warn
                    : verbosity == Verbosity::kVerbose ? spdlog::level::debug
                                                       : spdlog::level::info);
}

void Console::info(const std::string& message) {
  clear_line();
  spdlog::info("{}", message);
}

void Console::detail(const std::string& message) {
  clear_line();
  spdlog::debug("{}", message);
}

void Console::warn(const std::string& message) {
  clear_line();
  spdlog::warn("warning: {}", message);
}

void Console::error(const std::string& message) {
  clear_line();
  spdlog::error("tise-eval: {}", message);
}

void Console::print(const std::string& text) {
  if (verbosity_ == Verbosity::kQuiet) return;
  clear_line();
  std::fputs(text.c_str(), stderr);
}

void Console::progress(const std::string& stage, std::size_t done, std::size_t total) {
  if (verbosity_ == Verbosity::kQuiet) return;
  if (stage != stage_) {
    clear_line();
    stage_ = stage;
    first_done_ = done;
    stage_start_ = last_shown_ = steady_clock::now();
    return;
  }
  const double seconds = since(stage_start_);
  const double rate = seconds > 0 ? static_cast<double>(done - first_done_) / seconds : 0;
  const double left = rate > 0 ? static_cast<double>(total - done) / rate : 0;
  if (terminal_) {
    if (since(last_shown_) < kRedrawSeconds) return;
    last_shown_ = steady_clock::now();
    std::fputs(
        fmt::format("\r\033[K{}: {} of {}, {:.1f}/s, {} left", stage, done, total, rate, duration_text(left))
            .c_str(),
        stderr);
    line_shown_ = true;
    if (done == total) clear_line();
    return;
  }
  const bool first = last_shown_ == stage_start_;
  if (since(last_shown_) > (first ? kFirstLineSeconds : kLineSeconds) && done < total) {
    last_shown_ = steady_clock::now();
    info(fmt::format("{}: {} of {}, {:.1f}/s, about {} left", stage, done, total, rate, duration_text(left)));
  }
}

void Console::clear_line() {
  if (!line_shown_) return;
  std::fputs("\r\033[K", stderr);
  line_shown_ = false;
}

}  // namespace tise::cli
