#include "reporting.h"

#include <algorithm>

#include "flags.h"
#include "gates.h"
#include "outputs.h"
#include "tise/base/concat.h"
#include "tise/base/files.h"
#include "tise/base/names.h"
#include "tise/base/paths.h"
#include "tise/report/rank.h"

namespace tise::cli {
namespace {

namespace fs = std::filesystem;

/// Throws UsageError unless the gate's metric is requested.
void check_gate_metric(std::string_view flag, const std::string& metric, const run::Asked& asked) {
  if (asked.has(metric)) return;
  throw UsageError(concat(flag, ": ", metric, " is not among --metrics; add it there"));
}

/// Checks the gates, and spells the metrics of --fail-if-worse as the registry does. Throws UsageError.
void resolve_gates(GateOptions& gates, const run::Asked& asked) {
  for (const report::Gate& gate : gates.limits) check_gate_metric(gate.flag(), gate.metric, asked);
  if (gates.fail_if_worse && !gates.baseline) throw UsageError("--fail-if-worse needs --baseline FILE");
  if (gates.fail_if_worse) {
    for (std::string& name : *gates.fail_if_worse) {
      name = metrics::metric_named("--fail-if-worse", name).key();
      check_gate_metric("--fail-if-worse", name, asked);
    }
  }
  if (gates.junit && gates.limits.empty() && !gates.fail_if_worse) {
    throw UsageError("--junit needs a gate: --fail-under, --fail-over or --fail-if-worse");
  }
}

/// RS isn't in the registry, since it ranks reports. Requested by name, it is replaced by the metrics that it
/// sums. With --against and a list of metrics, RS uses those of its metrics that are in the list.
void replace_ranking_score(std::vector<std::string>& names, const ReportOptions& options) {
  const auto is_rs = [](const std::string& name) {
    return same_ignoring_case(name, report::kRankingScoreKey);
  };
  const bool asked = std::erase_if(names, is_rs) > 0;
  if (asked && options.against.empty()) throw UsageError("RS: no other reports given (--against FILE...)");
  if (asked) {
    for (std::string& key : report::rank_metrics()) names.push_back(std::move(key));
  }
  if (options.against.empty() || names.empty() || std::ranges::find(names, "all") != names.end()) return;
  if (std::none_of(names.begin(), names.end(), report::find_rank_metric)) {
    throw UsageError("--against: none of --metrics is part of RS; RS uses " + joined(report::rank_metrics()));
  }
}

/// RS's metrics among the requested ones.
report::RankSettings rank_settings(const ReportOptions& options, const run::Asked& asked) {
  report::RankSettings settings;
  settings.force = options.force;
  for (const std::string& key : asked.keys) {
    if (report::find_rank_metric(key)) settings.metrics.push_back(key);
  }
  return settings;
}

bool same_file(const fs::path& a, const std::optional<fs::path>& b) {
  return b && identity_of(a) && identity_of(a) == identity_of(*b);
}

/// Reads the reports of --against. Leaves out the one that this run will overwrite, with a warning.
std::vector<report::RankEntry> read_against(const ReportOptions& options, Console& console) {
  std::vector<fs::path> files;
  for (const fs::path& file : options.against) {
    if (same_file(file, options.output)) {
      console.warn("--against " + file.string() + " is the report that this run writes; it is left out");
    } else {
      files.push_back(file);
    }
  }
  return report::read_rank_entries(files);
}

/// Refuses before the long work what could not be ranked after it. `expected` has the run's settings, models
/// and inputs as far as they are known, and an arbitrary value for each metric that will be computed.
void check_against(const report::Report& expected, const std::vector<report::RankEntry>& others,
                   const ReportOptions& options, const run::Asked& asked) {
  if (options.against.empty()) return;
  if (others.empty())
    throw UsageError("--against: the only report named is the one that this run writes; name others");
  const report::RankSettings settings = rank_settings(options, asked);
  const auto keys = settings.metrics.empty() ? report::rank_metrics() : settings.metrics;
  if (const std::string lacks = report::lacking(report::rank_entry(expected), keys); !lacks.empty()) {
    throw UsageError("--against: RS is unavailable: " + lacks +
                     "; choose the metrics to rank by with --metrics");
  }
  report::check_rivals(expected, others, settings);
}

/// Adds the report's RS if other reports were given or all metrics were requested.
void add_ranking_score(report::Report& report, const data::Dataset& dataset,
                       const std::vector<report::RankEntry>& others, const ReportOptions& options,
                       const run::Asked& asked) {
  if (!asked.keys.empty() && options.against.empty()) return;
  auto result = report::ranking_score(report, dataset, others, rank_settings(options, asked));
  report.metrics.push_back({std::string(report::kRankingScoreKey), true, std::move(result)});
}

void check_outputs(const ReportOptions& options) {
  check_deliverable(options.output, "report");
  check_writable(options.samples, "samples");
  check_writable(options.html, "page");
}

void write_outputs(const ReportOptions& options, const run::Outcome& outcome) {
  const report::Report& report = outcome.report;
  if (options.samples) {
    write_atomically(*options.samples, "samples", [&](const auto& write) {
      report::write_samples(report, outcome.dataset, outcome.detections, write);
    });
  }
  if (options.html) {
    deliver(options.html, "page", report::report_page(report, outcome.dataset, outcome.detections));
  }
  deliver(options.output, "report", report::to_json(report));
}

}  // namespace

run::Asked resolve_report(ReportOptions& options, std::vector<std::string> names) {
  replace_ranking_score(names, options);
  run::Asked asked = run::asked(std::move(names));
  resolve_gates(options.gates, asked);
  return asked;
}

ExitCode report_on(const ReportOptions& options, const run::Asked& asked, World world, const Run& run) {
  check_outputs(options);
  const auto against = read_against(options, world.console);
  Gates gates = read_gates(options, asked);
  TerminalListener listener(world, [&](const report::Report& expected) {
    check_against(expected, against, options, asked);
    gates.check(expected, world.console);
  });
  std::optional<run::Outcome> outcome = run(listener);
  if (!outcome) return ExitCode::kOk;
  report::Report& report = outcome->report;
  add_ranking_score(report, outcome->dataset, against, options, asked);
  gates.apply(report, outcome->dataset);
  world.console.print(report::to_table(report));
  for (std::size_t i = outcome->said; i < report.warnings.size(); ++i) world.console.warn(report.warnings[i]);
  write_outputs(options, *outcome);
  return gates.deliver(report, world.console);
}

}  // namespace tise::cli
