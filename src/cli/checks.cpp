#include <algorithm>
#include <utility>
#include <vector>

#include "command_line.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"
#include "tise/metrics/registry.h"
#include "tise/report/rank.h"

namespace tise::cli {
namespace {

/// `CA, PA` is `CA,PA`.
void trim(std::vector<std::string>& names) {
  for (std::string& name : names) {
    const std::size_t begin = name.find_first_not_of(' ');
    name = begin == std::string::npos ? "" : name.substr(begin, name.find_last_not_of(' ') - begin + 1);
  }
}

/// Whether all metrics are asked for besides named ones.
bool check_metrics(std::vector<std::string>& names) {
  trim(names);
  if (names.size() == 1 && names.front() == "all") names.clear();
  std::vector<std::string> keys;
  for (const std::string& name : names) {
    if (name != "all") {
      keys.push_back(metrics::metric_named("--metrics", name).key());
      continue;
    }
    for (const metrics::Metric* metric : metrics::registry()) keys.emplace_back(metric->key);
  }
  const bool and_all = std::ranges::find(names, "all") != names.end();
  names = std::move(keys);
  return and_all;
}

/// A gate's metric is one that is asked for.
void check_gate_metric(std::string_view flag, const std::string& metric, const EvaluateOptions& options) {
  if (metrics::asked_for(options.metrics, metric)) return;
  throw UsageError(concat(flag, ": ", metric, " is none of --metrics"));
}

void check_gates(EvaluateOptions& options) {
  GateOptions& gates = options.gates;
  for (const report::Gate& gate : gates.limits) check_gate_metric(gate.flag(), gate.metric, options);
  if (gates.fail_if_worse && !gates.baseline) throw UsageError("--fail-if-worse needs --baseline FILE");
  if (gates.fail_if_worse) {
    trim(*gates.fail_if_worse);
    for (std::string& name : *gates.fail_if_worse) {
      name = metrics::metric_named("--fail-if-worse", name).key();
      check_gate_metric("--fail-if-worse", name, options);
    }
  }
  if (gates.junit && gates.limits.empty() && !gates.fail_if_worse) {
    throw UsageError("--junit needs a gate: --fail-under, --fail-over or --fail-if-worse");
  }
}

/// RS is no metric of the registry: it ranks reports. Asked for by name it stands for the metrics that it
/// sums; --against beside a list of metrics ranks those of RS among them.
void check_ranking_score(EvaluateOptions& options) {
  auto& names = options.metrics;
  trim(names);
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
    throw UsageError("--against: none of --metrics is part of RS; it has " + joined(report::rank_metrics()));
  }
}

/// A part is encoded and not scored.
void check_shard(const EvaluateOptions& options) {
  if (!options.shard) return;
  if (!options.store) throw UsageError("--shard needs --store DIR, which tise-eval merge reads");
  const GateOptions& gates = options.gates;
  const std::pair<const char*, bool> given[] = {{"--output", options.output.has_value()},
                                                {"--samples", options.samples.has_value()},
                                                {"--html", options.html.has_value()},
                                                {"--against", !options.against.empty()},
                                                {"--fail-under or --fail-over", !gates.limits.empty()},
                                                {"--baseline", gates.baseline.has_value()},
                                                {"--junit", gates.junit.has_value()},
                                                {"--markdown", gates.markdown.has_value()}};
  for (const auto& [flag, there] : given) {
    if (there)
      throw UsageError(concat(flag, ": not with --shard, which scores nothing; give it to tise-eval merge"));
  }
}

}  // namespace

void check_compare(CompareOptions& options) {
  if (options.samples.size() < 2) throw UsageError("compare needs two or more files of --samples, or stores");
  check_metrics(options.metrics);
}

void check_rank(RankOptions& options) {
  if (options.reports.empty() && !options.over_time) {
    throw UsageError("rank needs reports, or --over-time DIR; see tise-eval rank --help");
  }
  if (options.over_time) {
    if (!options.reports.empty()) throw UsageError("rank: reports and --over-time don't go together");
    check_metrics(options.metrics);
    return;
  }
  trim(options.metrics);
  if (options.metrics.size() == 1 && options.metrics.front() == "all") options.metrics.clear();
  for (std::string& name : options.metrics) {
    const auto metric = report::find_rank_metric(name);
    if (!metric)
      throw UsageError("--metrics: RS has no metric \"" + name + "\"" +
                       did_you_mean(name, report::rank_metrics()) + "; it has " +
                       joined(report::rank_metrics()));
    name = *metric;
  }
}

void check_statistics(StatsOptions& options) {
  options.and_all = check_metrics(options.metrics);
  const auto needs_none = [](const std::string& name) {
    return !metrics::find_chosen(name)->metric->reads_real;
  };
  if (options.and_all) std::erase_if(options.metrics, needs_none);
  for (const std::string& name : options.metrics) {
    if (!needs_none(name)) continue;
    throw UsageError("--metrics: " + name +
                     " needs no statistics of real images; those that do: " + metrics::keys_against_real());
  }
}

void check_scoring(EvaluateOptions& options) {
  check_ranking_score(options);
  options.and_all = check_metrics(options.metrics);
  check_gates(options);
}

void check_evaluate(EvaluateOptions& options) {
  if (options.images.empty()) throw UsageError("--images is required; see tise-eval --help");
  if (options.references && !options.captions) throw UsageError("--references needs --captions");
  check_shard(options);
  check_scoring(options);
  const bool is_tise = options.settings.protocol == metrics::Protocol::kTise;
  options.settings.rp =
      options.rp.value_or(is_tise ? metrics::RpEstimator::kSampled : metrics::RpEstimator::kExact);
}

}  // namespace tise::cli
