#include "numbers.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace tise::report {
namespace {

std::string formatted(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

}  // namespace

std::string shown(double value) {
  const double size = std::abs(value);
  return formatted(size >= 100 ? "%.2f" : size >= 0.01 || size == 0 ? "%.4f" : "%.3g", value);
}

std::string shown_error(double error) {
  if (!(error > 0.0)) return "0";
  return formatted(error < 1e-3 ? "%.1e" : error < 10 ? "%#.2g" : "%.0f", error);
}

std::string shown_p(const std::optional<double>& p) {
  if (!p) return "-";
  return *p < 1e-4 ? "<0.0001" : formatted("%.4f", *p);
}

std::string with_error(const metrics::Result& result) {
  if (!result.value) return "-";
  std::string text = shown(*result.value);
  if (result.std_error) text += " ± " + shown_error(*result.std_error);
  if (!result.unreliable.empty()) text += " ?";
  return text;
}

std::string difference_with_error(double difference, double error) {
  if (!(error > 0.0)) return formatted("%.3g", difference);
  constexpr int kMostDecimals = 12;
  const int decimals = std::clamp(1 - static_cast<int>(std::floor(std::log10(error))), 0, kMostDecimals);
  char text[96];
  std::snprintf(text, sizeof text, "%.*f ± %.*f", decimals, difference, decimals, error);
  return text;
}

}  // namespace tise::report
