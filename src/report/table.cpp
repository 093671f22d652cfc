#include <algorithm>
#include <map>

#include "as_text.h"
#include "tise/base/concat.h"
#include "tise/base/names.h"
#include "tise/base/utf8.h"
#include "tise/metrics/registry.h"
#include "tise/report/report.h"

namespace tise::report {
namespace {

constexpr std::size_t kValueShown = 40;

/// ` over splits`; empty if it isn't known what a metric's deviation is taken over.
std::string std_over(const std::string& key) {
  const auto chosen = metrics::find_chosen(key);
  return chosen && !chosen->metric->std_over.empty() ? concat(" over ", chosen->metric->std_over) : "";
}

std::string note(const MetricEntry& entry) {
  const metrics::Result& result = entry.result;
  if (!result.value) return result.reason;
  std::vector<std::string> parts;
  if (result.details.contains("std")) {
    parts.push_back(concat("std", std_over(entry.key), " ", shown(result.details["std"].get<double>())));
  }
  if (const auto end = result.details.find("extrapolated");
      end != result.details.end() && (*end)["value"].is_number()) {
    parts.push_back(concat("for n → ∞ ", shown((*end)["value"].get<double>())));
  }
  parts.insert(parts.end(), result.warnings.begin(), result.warnings.end());
  return joined(parts, "; ");
}

/// Why standard errors are unreliable, one line per reason.
std::string doubts(const Report& report) {
  Reasons reasons;
  for (const MetricEntry& entry : report.metrics) {
    if (entry.result.value) add_reason(reasons, entry.key, entry.result.unreliable);
  }
  std::string text;
  for (const auto& [reason, keys] : reasons) {
    text += concat("? ",
                   keys.size() == 1 ? keys.front() + "'s standard error is"
                                    : "the standard errors of " + joined(keys) + " are",
                   " unreliable: ", reason, "\n");
  }
  return text;
}

/// One table per field that metrics are split by, with one line per value.
std::string split_tables(const Report& report) {
  std::vector<std::string> fields;
  std::map<std::string, std::vector<std::pair<std::string, const ByValue*>>> columns_of;  // by metric
  for (const MetricEntry& entry : report.metrics) {
    for (const ByValue& by : entry.by) {
      auto& columns = columns_of[by.field];
      if (columns.empty()) fields.push_back(by.field);
      columns.emplace_back(entry.key, &by);
    }
  }
  std::string text;
  for (const std::string& field : fields) {
    const auto& columns = columns_of[field];
    std::vector<Row> rows{{field}};
    for (const auto& [value, ignored] : columns.front().second->values)
      rows.push_back({shortened(value, kValueShown)});
    for (const auto& [key, by] : columns) {
      rows[0].insert(rows[0].end(), {key, "n"});
      for (std::size_t i = 0; i < by->values.size(); ++i) {
        const metrics::Result& part = by->values[i].second;
        rows[i + 1].insert(rows[i + 1].end(), {with_error(part), part.value ? std::to_string(part.n) : ""});
      }
    }
    text += "\n" + aligned(rows);
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
  return aligned(rows) + doubts(report) + split_tables(report);
}

}  // namespace tise::report
