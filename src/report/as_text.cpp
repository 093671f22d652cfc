#include "as_text.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>

#include "tise/base/names.h"
#include "tise/base/utf8.h"

namespace tise::report {

std::string formatted(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

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

std::string aligned(const std::vector<Row>& given) {
  std::vector<Row> rows = given;
  for (Row& row : rows) std::ranges::transform(row, row.begin(), printable_line);
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], character_count(row[i]));
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      line.append(widths[i] - character_count(row[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

void add_reason(Reasons& reasons, const std::string& metric, const std::string& reason) {
  if (reason.empty()) return;
  const auto known = std::ranges::find(reasons, reason, &Reasons::value_type::first);
  if (known == reasons.end()) {
    reasons.push_back({reason, {metric}});
  } else {
    known->second.push_back(metric);
  }
}

std::string escape_markup(std::string_view text) {
  std::string result = replaced(as_utf8(text), '&', "&amp;");
  result = replaced(result, '<', "&lt;");
  result = replaced(result, '>', "&gt;");
  result = replaced(result, '"', "&quot;");
  std::erase_if(result, [](unsigned char c) { return c < 0x20 && c != '\n' && c != '\t'; });
  return result;
}

}  // namespace tise::report
