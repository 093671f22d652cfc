// Bounds that a run must keep, for CI.

#include "tise/report/gates.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "numbers.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/metrics/registry.h"

namespace tise::report {
namespace {

const MetricEntry* entry_of(const Report& report, const std::string& key) {
  const auto found = std::find_if(report.metrics.begin(), report.metrics.end(),
                                  [&](const MetricEntry& entry) { return entry.key == key; });
  return found == report.metrics.end() ? nullptr : &*found;
}

GateResult check_limit(const Gate& gate, const MetricEntry* entry, const std::string& name) {
  if (entry == nullptr || !entry->result.value) {
    const std::string reason = entry == nullptr ? "not computed" : entry->result.reason;
    return {name, true, concat(name, ": no value: ", reason)};
  }
  const double value = *entry->result.value;
  const bool crossed = gate.kind == Gate::Kind::kFailUnder ? value < gate.limit : value > gate.limit;
  return {name, crossed, concat(name, ": ", with_error(entry->result))};
}

GateResult check_baseline(const Gate& gate, const std::optional<Comparison>& comparison,
                          const MetricEntry* entry, const std::string& name) {
  const auto none = [&](const std::string& why) { return GateResult{name, true, concat(name, ": ", why)}; };
  if (entry == nullptr || !entry->result.value) {
    return none("no value: " + (entry == nullptr ? "not computed" : entry->result.reason));
  }
  if (!comparison) return none("not compared");
  const auto& all = comparison->differences;
  const auto found = std::find_if(
      all.begin(), all.end(), [&](const Difference& difference) { return difference.metric == gate.metric; });
  if (found == all.end()) return none("the baseline doesn't have it");
  return {name, found->verdict == Verdict::kWorse,
          concat(name, ": ", found->words(), " (Holm's p ", shown_p(found->p_adjusted), ")")};
}

}  // namespace

std::string Gate::name(const std::string& baseline) const {
  switch (kind) {
    case Kind::kFailUnder:
      return concat(metric, " at least ", limit);
    case Kind::kFailOver:
      return concat(metric, " at most ", limit);
    case Kind::kFailIfWorse:
      return concat(metric, " not worse than ", baseline);
  }
  return "";
}

Gate parse_gate(Gate::Kind kind, const std::string& flag, const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string key = text.substr(0, equals);
  const metrics::Metric* metric = metrics::find_metric(key);
  const std::string number = equals == std::string::npos ? "" : text.substr(equals + 1);
  Gate gate{kind, "", 0};
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), gate.limit);
  if (error != std::errc() || end != number.data() + number.size() || !std::isfinite(gate.limit)) {
    throw UsageError(concat(flag, ": \"", text, "\" is not METRIC=NUMBER, such as CLIP-S=0.7"));
  }
  if (metric == nullptr) {
    throw UsageError(concat(flag, ": no metric \"", key, "\"; there are ", metrics::metric_keys()));
  }
  gate.metric = metric->key;
  return gate;
}

std::vector<GateResult> check_gates(const std::vector<Gate>& gates, const Report& report,
                                    const std::optional<Comparison>& comparison,
                                    const std::string& baseline) {
  std::vector<GateResult> results;
  for (const Gate& gate : gates) {
    const MetricEntry* entry = entry_of(report, gate.metric);
    const std::string name = gate.name(baseline);
    results.push_back(gate.kind == Gate::Kind::kFailIfWorse ? check_baseline(gate, comparison, entry, name)
                                                            : check_limit(gate, entry, name));
  }
  return results;
}

}  // namespace tise::report
