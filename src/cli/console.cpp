#include "tise/cli/console.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tise/base/clock.h"
#include "tise/base/json_text.h"
#include "tise/base/utf8.h"

namespace tise::cli {
namespace {

using nlohmann::ordered_json;
using std::chrono::steady_clock;

constexpr double kRedrawSeconds = 0.2;
// In a log, the first line comes once there is a rate, and later ones often enough to show that a long run is
// alive.
constexpr double kFirstLineSeconds = 5;
constexpr double kLineSeconds = 300;
constexpr double kJsonSeconds = 10;

/// Indexed by Verbosity.
constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::err, spdlog::level::warn, spdlog::level::info,
                                                 spdlog::level::debug};

/// On a terminal, warnings and errors are in color, following no-color.org.
std::shared_ptr<spdlog::logger> make_logger(LogStyle style) {
  auto sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_st>();
  const char* no_color = std::getenv("NO_COLOR");
  const bool is_plain = style.format == LogFormat::kJson || (no_color != nullptr && *no_color != '\0');
  if (is_plain) sink->set_color_mode(spdlog::color_mode::never);
  sink->set_color(spdlog::level::info, "");
  sink->set_color(spdlog::level::debug, "");
  auto logger = std::make_shared<spdlog::logger>("tise-eval", std::move(sink));
  logger->set_pattern("%^%v%$");
  logger->set_level(kLevels[static_cast<std::size_t>(style.verbosity)]);
  logger->flush_on(spdlog::level::debug);
  return logger;
}

/// The fields that every JSON line has.
ordered_json json_line(const char* level) { return {{"time", now_utc()}, {"level", level}}; }

std::string json_message(const char* level, const std::string& message) {
  ordered_json line = json_line(level);
  line["message"] = message;
  return json_text(line);
}

/// `12 s`, `3 min 20 s`, `2 h 5 min`.
std::string duration_text(double seconds) {
  const auto whole = std::llround(seconds);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

}  // namespace

Console::Console(LogStyle style)
    : style_(style),
      terminal_(::isatty(STDERR_FILENO) == 1 && style.format == LogFormat::kText),
      logger_(make_logger(style)) {}

void Console::info(const std::string& message) {
  clear_line();
  logger_->info("{}", is_json() ? json_message("info", message) : printable_line(message));
}

void Console::detail(const std::string& message) {
  clear_line();
  logger_->debug("{}", is_json() ? json_message("debug", message) : printable_line(message));
}

void Console::warn(const std::string& message) {
  clear_line();
  logger_->warn("{}", is_json() ? json_message("warning", message) : "warning: " + printable_line(message));
}

void Console::error(const std::string& message) {
  clear_line();
  // An error about several inputs has several lines; each of them is printable already.
  logger_->error("{}", is_json() ? json_message("error", message) : "tise-eval: " + printable(message));
}

void Console::print(const std::string& text) {
  if (style_.verbosity <= Verbosity::kQuiet || style_.format == LogFormat::kJson) return;
  clear_line();
  std::fputs(printable(text).c_str(), stderr);
}

void Console::progress(const std::string& stage, std::size_t done, std::size_t total) {
  if (style_.verbosity <= Verbosity::kQuiet) return;
  if (stage != stage_) {
    clear_line();
    stage_ = stage;
    first_done_ = done;
    stage_start_ = last_shown_ = steady_clock::now();
    return;
  }
  const bool is_first = last_shown_ == stage_start_;
  const double interval = terminal_                           ? kRedrawSeconds
                          : is_first                          ? kFirstLineSeconds
                          : style_.format == LogFormat::kJson ? kJsonSeconds
                                                              : kLineSeconds;
  if (seconds_since(last_shown_) < interval || (!terminal_ && done == total)) return;
  last_shown_ = steady_clock::now();
  const double seconds = seconds_since(stage_start_);
  const double rate = seconds > 0 ? static_cast<double>(done - first_done_) / seconds : 0;
  show(done, total, rate);
}

void Console::show(std::size_t done, std::size_t total, double per_second) {
  const double seconds_left = per_second > 0 ? static_cast<double>(total - done) / per_second : 0;
  if (style_.format == LogFormat::kJson) {
    ordered_json line = json_line("info");
    line["event"] = "progress";
    line["stage"] = stage_;
    line["done"] = done;
    line["total"] = total;
    line["per_second"] = std::round(per_second * 10) / 10;
    line["seconds_left"] = std::llround(seconds_left);
    logger_->info("{}", json_text(line));
    return;
  }
  const std::string text = fmt::format("{}: {} of {}, {:.1f}/s, {}{} left", stage_, done, total, per_second,
                                       terminal_ ? "" : "about ", duration_text(seconds_left));
  if (!terminal_) return info(text);
  std::fputs(("\r\033[K" + text).c_str(), stderr);
  line_shown_ = true;
  if (done == total) clear_line();
}

void Console::clear_line() {
  if (!line_shown_) return;
  std::fputs("\r\033[K", stderr);
  line_shown_ = false;
}

}  // namespace tise::cli
