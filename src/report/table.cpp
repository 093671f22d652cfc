#include <algorithm>
#include <cmath>
#include <cstdio>

#include "tise/base/concat.h"
#include "tise/report/report.h"

namespace tise::report {
namespace {

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

/// Four decimals, more for small numbers, so that a FID of 0.0012 doesn't read 0.0012 as 0.
std::string shown(double value) {
  char text[32];
  const double size = std::abs(value);
  std::snprintf(text, sizeof text, size >= 100 ? "%.2f" : size >= 0.01 || size == 0 ? "%.4f" : "%.3g", value);
  return text;
}

std::string note(const MetricEntry& entry) {
  const metrics::Result& result = entry.result;
  if (!result.value) return result.reason;
  std::string text;
  if (result.details.contains("std"))
    text = "± " + shown(result.details["std"].get<double>()) + " over splits";
  for (const std::string& warning : result.warnings) text += (text.empty() ? "" : "; ") + warning;
  return text;
}

}  // namespace

std::string to_table(const Report& report) {
  std::string text = concat(padded("metric", 11), padded("value", 10), padded("better", 8), "n\n");
  for (const MetricEntry& entry : report.metrics) {
    std::string line = padded(entry.key, 11);
    line += padded(entry.result.value ? shown(*entry.result.value) : "-", 10);
    line += padded(entry.higher_is_better ? "high" : "low", 8);
    line += padded(entry.result.value ? std::to_string(entry.result.n) : "", 8);
    line += note(entry);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace tise::report
