// Metrics over the checkpoints of a training run, from their reports.

#include "tise/report/history.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <utility>

#include "aligned.h"
#include "comparable.h"
#include "numbers.h"
#include "page_template.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/json_text.h"
#include "tise/base/paths.h"
#include "tise/data/source.h"
#include "tise/metrics/registry.h"
#include "tise/report/report.h"

namespace tise::report {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// What may stand before a step, the surest first.
constexpr std::array kBeforeSteps{"step", "iter", "kimg", "epoch", "checkpoint", "ckpt"};

std::optional<std::int64_t> last_match(const std::string& path, const std::string& pattern) {
  const std::regex expression(pattern, std::regex::icase);
  std::optional<std::int64_t> last;
  for (std::sregex_iterator match(path.begin(), path.end(), expression), end; match != end; ++match) {
    last = std::stoll((*match)[1]);
  }
  return last;
}

/// A report's text as JSON; nothing where the file is something else.
std::optional<nlohmann::json> report_in(const fs::path& path) {
  const data::Source source = data::read_source(path, "report");
  nlohmann::json root = nlohmann::json::parse(source.text, nullptr, /*allow_exceptions=*/false);
  if (!root.is_object() || !root.contains("signature") || !root.contains("metrics")) return std::nullopt;
  check_report(source, root);
  return root;
}

HistoryValue value_in(const nlohmann::json& metric) {
  HistoryValue value{metric["value"].get<double>(), std::nullopt, ""};
  const auto interval = metric.find("ci95");
  if (interval != metric.end() && interval->is_array() && interval->size() == 2) {
    value.ci95 = interval->get<std::array<double, 2>>();
  }
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
    if (!metrics::asked_for(asked, key) || metrics::find_metric(key) == nullptr || !metric.is_object())
      continue;
    const auto value = metric.find("value");
    if (value != metric.end() && value->is_number()) checkpoint.metrics[key] = value_in(metric);
  }
  return checkpoint;
}

std::vector<fs::path> json_files(const fs::path& folder) {
  constexpr const char* kRole = "folder of reports";
  const PathKind kind = kind_of(folder, kRole);
  if (kind != PathKind::kFolder) {
    throw InputError(
        concat(kRole, " ", folder.string(), ": ", kind == PathKind::kMissing ? "not there" : "is no folder"));
  }
  return files_below(folder, ".json", kRole);
}

void check_steps(const std::vector<Checkpoint>& checkpoints, const std::string& folder) {
  for (std::size_t i = 0; i + 1 < checkpoints.size(); ++i) {
    const Checkpoint& one = checkpoints[i];
    const Checkpoint& next = checkpoints[i + 1];
    if (one.step != next.step) continue;
    throw InputError(concat("folder of reports ", folder, ": ", one.path, " and ", next.path,
                            " are both of step ", one.step));
  }
}

/// The choices in which the reports differ, `metrics` being those that are shown.
std::vector<std::string> differing_choices(const History& history) {
  std::vector<Signed> reports;
  for (const Checkpoint& checkpoint : history.checkpoints) {
    reports.push_back({checkpoint.path, checkpoint.signature});
  }
  return signature_differences(reports, history.metrics);
}

/// The metrics that any checkpoint has, in the registry's order.
std::vector<std::string> metrics_in(const std::vector<Checkpoint>& checkpoints) {
  std::vector<std::string> keys;
  for (const metrics::Metric& metric : metrics::registry()) {
    const std::string key(metric.key);
    const auto has = [&](const Checkpoint& checkpoint) { return checkpoint.metrics.contains(key); };
    if (std::any_of(checkpoints.begin(), checkpoints.end(), has)) keys.push_back(key);
  }
  return keys;
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
      const auto value = checkpoint.metrics.find(key);
      if (value != checkpoint.metrics.end()) points.push_back(point_json(checkpoint, value->second));
    }
    list.push_back({{"key", key},
                    {"higher_is_better", metrics::find_metric(key)->higher_is_better},
                    {"points", points}});
  }
  return list;
}

}  // namespace

std::optional<std::int64_t> step_of(const std::string& path) {
  for (const char* word : kBeforeSteps) {
    if (const auto step = last_match(path, concat(word, "[a-z]{0,5}[^0-9a-z/]{0,2}([0-9]{1,18})")))
      return step;
  }
  return last_match(path, "([0-9]{1,18})");
}

History read_history(const fs::path& folder, const std::vector<std::string>& metrics, bool force) {
  History history;
  history.folder = folder.string();
  std::vector<std::string> without_step;
  for (const fs::path& file : json_files(folder)) {
    const auto report = report_in(file);
    if (!report) continue;
    Checkpoint checkpoint = checkpoint_of(*report, file.lexically_relative(folder).string(), metrics);
    const auto step = step_of(checkpoint.path);
    if (!step) {
      without_step.push_back(checkpoint.path);
      continue;
    }
    checkpoint.step = *step;
    history.checkpoints.push_back(std::move(checkpoint));
  }
  if (!without_step.empty()) {
    throw InputError(concat("folder of reports ", history.folder, ": no number in the path, so no step:"),
                     without_step);
  }
  if (history.checkpoints.empty())
    throw InputError(concat("folder of reports ", history.folder, ": no report below it"));
  std::stable_sort(history.checkpoints.begin(), history.checkpoints.end(),
                   [](const Checkpoint& a, const Checkpoint& b) { return a.step < b.step; });
  check_steps(history.checkpoints, history.folder);
  history.metrics = metrics_in(history.checkpoints);
  if (history.metrics.empty())
    throw InputError(concat("folder of reports ", history.folder, ": no report has a value"));
  history.warnings = differing_choices(history);
  if (!history.warnings.empty() && !force) {
    throw InputError("these reports are not comparable; --force shows them all the same:", history.warnings);
  }
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
      const auto value = checkpoint.metrics.find(key);
      row.push_back(value == checkpoint.metrics.end() ? "-" : shown(value->second.value));
    }
  }
  return aligned(rows);
}

std::string history_page(const History& history) {
  return filled_page("history", "tise-eval: " + history.folder,
                     {{"metrics", metrics_json(history)}, {"warnings", history.warnings}});
}

}  // namespace tise::report
