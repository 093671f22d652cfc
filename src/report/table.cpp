#include <algorithm>

#include "as_text.h"
#include "tise/base/concat.h"
#include "tise/base/names.h"
#include "tise/report/report.h"

namespace tise::report {
namespace {

std::string note(const MetricEntry& entry) {
  const metrics::Result& result = entry.result;
  if (!result.value) return result.reason;
  std::vector<std::string> parts;
  if (result.details.contains("std")) {
    parts.push_back(concat("std over splits ", shown(result.details["std"].get<double>())));
  }
  if (const auto end = result.details.find("extrapolated");
      end != result.details.end() && (*end)["value"].is_number()) {
    parts.push_back(concat("for n → ∞ ", shown((*end)["value"].get<double>())));
  }
  parts.insert(parts.end(), result.warnings.begin(), result.warnings.end());
  return joined(parts, "; ");
}

/// Why errors can't be relied on, a line a reason.
std::string doubts(const Report& report) {
  std::vector<std::pair<std::string, std::vector<std::string>>> reasons;
  for (const MetricEntry& entry : report.metrics) {
    const std::string& reason = entry.result.unreliable;
    if (!entry.result.value || reason.empty()) continue;
    const auto known = std::ranges::find_if(reasons, [&](const auto& any) { return any.first == reason; });
    if (known == reasons.end()) {
      reasons.push_back({reason, {entry.key}});
    } else {
      known->second.push_back(entry.key);
    }
  }
  std::string text;
  for (const auto& [reason, keys] : reasons) {
    text += concat("? the error of ", joined(keys), " is not to be relied on: ", reason, "\n");
  }
  return text;
}

}  // namespace

std::string to_table(const Report& report) {
  std::vector<Row> rows{{"metric", "value ± error", "better", "n", ""}};
  for (const MetricEntry& entry : report.metrics) {
    const metrics::Result& result = entry.result;
    rows.push_back({entry.key, with_error(result), entry.higher_is_better ? "high" : "low",
                    result.value ? std::to_string(result.n) : "", note(entry)});
  }
  return aligned(rows) + doubts(report);
}

}  // namespace tise::report
