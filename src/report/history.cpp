// Metrics over the checkpoints of a training run, from their reports.

#include "tise/report/history.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "as_text.h"
#include "comparable.h"
#include "parts.h"
#include "report_files.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/json_text.h"
#include "tise/base/mapped.h"
#include "tise/base/names.h"
#include "tise/data/json_document.h"
#include "tise/data/source.h"
#include "tise/metrics/registry.h"
#include "tise/report/report.h"

namespace tise::report {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kReportRole = "report";

/// The content of a JSON file: a report, something else, or something unreadable.
struct FileContent {
  std::optional<nlohmann::json> report;
  std::string damage;       ///< why it is unreadable
  bool was_report = false;  ///< whether the file looks like a report, even if it is damaged
};

bool looks_like_report(const nlohmann::json& root) {
  if (!root.is_object()) return false;
  const bool has_metrics = root.contains("metrics") && root["metrics"].is_object();
  const bool is_ours = root.contains("tool") && root["tool"].is_object() &&
                       root["tool"].value("name", nlohmann::json()) == "tise-eval";
  return is_ours || (has_metrics && (root.contains("signature") || root.contains("schema")));
}

FileContent content_of(const fs::path& path) {
  FileContent content;
  try {
    const data::Source source = data::read_source(path, kReportRole);
    data::Parsed parsed = data::try_parse_json(source, source.text);
    content.was_report = parsed.document ? looks_like_report(parsed.document->root)
                                         : source.text.find("\"tise-eval\"") != std::string::npos;
    if (!parsed.document) data::fail(source, parsed.error);
    if (!content.was_report) return content;
    check_report(source, parsed.document->root);
    content.report = std::move(parsed.document->root);
  } catch (const InputError& error) {
    content.damage = error.what();
  }
  return content;
}

HistoryValue value_in(const nlohmann::json& metric) {
  HistoryValue value{metric["value"].get<double>(), interval_in(metric), ""};
  const auto reason = metric.find("unreliable");
  if (reason != metric.end() && reason->is_string()) value.unreliable = *reason;
  return value;
}

Checkpoint checkpoint_of(const nlohmann::json& report, const std::string& path,
                         const std::vector<std::string>& asked) {
  Checkpoint checkpoint;
  checkpoint.path = path;
  checkpoint.signature = report["signature"];
  for (const auto& [key, metric] : report["metrics"].items()) {
    if (!metrics::asked_for(asked, key) || !metrics::find_chosen(key) || !metric.is_object()) continue;
    const auto value = metric.find("value");
    if (value == metric.end() || !value->is_number()) continue;
    const std::string why = metrics::why_impossible(key, value->get<double>(), /*may_be_percentage=*/false);
    if (!why.empty())
      throw InputError(concat(kReportRole, " ", path, ": metric \"", key, "\": \"value\" ", why));
    checkpoint.metrics[key] = value_in(metric);
  }
  return checkpoint;
}

/// The reports below a folder with their paths relative to it, damaged ones, and notes on other files.
struct Reports {
  std::vector<std::pair<std::string, nlohmann::json>> reports;
  std::vector<std::string> damaged;
  std::vector<std::string> notes;
};

/// An unreadable file counts as a damaged report if it still looks like one, or if an intact report has the
/// same file name. Other unreadable files are skipped with a note.
Reports reports_below(const fs::path& folder) {
  Reports found;
  std::set<fs::path> names;
  std::vector<std::pair<fs::path, std::string>> unreadable;
  for (const fs::path& file : json_files(folder)) {
    FileContent content = content_of(file);
    if (content.report) {
      found.reports.emplace_back(file.lexically_relative(folder).string(), std::move(*content.report));
      names.insert(file.filename());
    } else if (content.was_report) {
      found.damaged.push_back(content.damage);
    } else if (!content.damage.empty()) {
      unreadable.emplace_back(file.filename(), content.damage);
    }
  }
  for (const auto& [name, damage] : unreadable) {
    if (names.contains(name)) found.damaged.push_back(damage);
    if (!names.contains(name)) found.notes.push_back("skipped: " + damage);
  }
  return found;
}

/// Sets each checkpoint's step and sorts the checkpoints by it.
void take_steps(std::vector<Checkpoint>& checkpoints, const std::string& place) {
  std::vector<std::string> unclear;
  for (Checkpoint& checkpoint : checkpoints) {
    const std::vector<std::int64_t> readings = step_readings(checkpoint.path);
    if (readings.size() == 1) {
      checkpoint.step = readings.front();
      continue;
    }
    const auto listed = mapped(readings, [](std::int64_t reading) { return std::to_string(reading); });
    unclear.push_back(concat(checkpoint.path, ": ", listed.empty() ? "no number" : joined(listed, " or ")));
  }
  if (!unclear.empty()) {
    throw InputError(
        place +
            "cannot tell the step from these paths; rename the files or their folders, such as step_1000:",
        unclear);
  }
  std::ranges::stable_sort(checkpoints, {}, &Checkpoint::step);
  const auto same = std::ranges::adjacent_find(checkpoints, {}, &Checkpoint::step);
  if (same == checkpoints.end()) return;
  throw InputError(concat(place, same->path, " and ", std::next(same)->path, " both have step ", same->step,
                          "; keep one of them"));
}

std::vector<std::string> metrics_in(const std::vector<Checkpoint>& checkpoints) {
  std::vector<std::string> keys;
  for (const Checkpoint& checkpoint : checkpoints) {
    for (const auto& [key, value] : checkpoint.metrics) keys.push_back(key);
  }
  return metrics::in_order(keys);
}

Json point_json(const Checkpoint& checkpoint, const HistoryValue& value) {
  Json point{{"step", checkpoint.step}, {"name", checkpoint.path}, {"value", value.value}};
  if (value.ci95) point["ci95"] = *value.ci95;
  if (!value.unreliable.empty()) point["unreliable"] = value.unreliable;
  return point;
}

Json metrics_json(const History& history) {
  Json list = Json::array();
  for (const std::string& key : history.metrics) {
    Json points = Json::array();
    for (const Checkpoint& checkpoint : history.checkpoints) {
      if (const auto* value = find_in(checkpoint.metrics, key))
        points.push_back(point_json(checkpoint, *value));
    }
    list.push_back({{"key", key},
                    {"higher_is_better", metrics::find_chosen(key)->metric->higher_is_better},
                    {"points", points}});
  }
  return list;
}

}  // namespace

History read_history(const fs::path& folder, const std::vector<std::string>& metrics, bool force) {
  History history;
  history.folder = folder.string();
  const std::string place = concat("folder of reports ", history.folder, ": ");
  const Reports found = reports_below(folder);
  history.warnings = found.damaged;
  history.notes = found.notes;
  if (!found.damaged.empty() && !force) {
    throw InputError(concat(place, counted(found.damaged.size(), "report"), " cannot be read; write ",
                            found.damaged.size() == 1 ? "it" : "them", " again, or pass --force to leave ",
                            found.damaged.size() == 1 ? "it" : "them", " out:"),
                     found.damaged);
  }
  if (found.reports.empty()) throw InputError(place + "contains no report", found.notes);
  for (const auto& [path, report] : found.reports)
    history.checkpoints.push_back(checkpoint_of(report, path, metrics));
  take_steps(history.checkpoints, place);
  history.metrics = metrics_in(history.checkpoints);
  if (history.metrics.empty()) throw InputError(place + "no report has a value");
  const auto signed_by = [](const Checkpoint& one) { return Signed{one.path, one.signature}; };
  const auto differences = signature_differences(mapped(history.checkpoints, signed_by), history.metrics);
  if (!differences.empty() && !force)
    throw InputError("these reports are not comparable; pass --force to show them anyway:", differences);
  history.warnings.insert(history.warnings.end(), differences.begin(), differences.end());
  return history;
}

std::string to_json(const History& history) {
  Json json{{"schema", kSchema}, {"folder", history.folder}, {"metrics", metrics_json(history)}};
  if (!history.warnings.empty()) json["warnings"] = history.warnings;
  return json_text(json, 2) + "\n";
}

std::string to_table(const History& history) {
  std::vector<Row> rows{{"step"}};
  rows.front().insert(rows.front().end(), history.metrics.begin(), history.metrics.end());
  for (const Checkpoint& checkpoint : history.checkpoints) {
    Row& row = rows.emplace_back(Row{concat(checkpoint.step)});
    for (const std::string& key : history.metrics) {
      const auto* value = find_in(checkpoint.metrics, key);
      row.push_back(value == nullptr ? "-" : shown(value->value));
    }
  }
  return aligned(rows);
}

std::string history_page(const History& history) {
  return filled_page("history", "tise-eval: " + history.folder,
                     {{"metrics", metrics_json(history)}, {"warnings", history.warnings}});
}

}  // namespace tise::report
