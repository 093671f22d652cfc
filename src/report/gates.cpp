// Conditions that a run must meet, for CI. Also as JUnit XML with one test case per gate, which GitLab,
// Jenkins and GitHub's reporters read.

#include "tise/report/gates.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>

#include "as_text.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/mapped.h"
#include "tise/metrics/registry.h"

namespace tise::report {
namespace {

GateResult result_of(const std::string& name, bool crossed, const std::string& why) {
  return {name, crossed, concat(name, ": ", why)};
}

GateResult check_limit(const Gate& gate, const metrics::Result& result, const std::string& name) {
  const bool crossed =
      gate.kind == Gate::Kind::kFailUnder ? *result.value < gate.limit : *result.value > gate.limit;
  return result_of(name, crossed, with_error(result));
}

GateResult check_baseline(const Gate& gate, const std::optional<Comparison>& comparison,
                          const std::string& name) {
  if (!comparison) return result_of(name, true, "not compared");
  const Difference* difference = comparison->find(gate.metric);
  if (difference == nullptr) return result_of(name, true, "the baseline does not have it");
  if (difference->verdict == Verdict::kNotJudged)
    return result_of(name, gate.is_named, "cannot be judged: " + difference->not_judged);
  return result_of(name, difference->verdict == Verdict::kWorse,
                   concat(difference->words(), " (Holm's p ", shown_p(difference->p_adjusted), ")"));
}

GateResult check_gate(const Gate& gate, const Report& report, const std::optional<Comparison>& comparison,
                      const std::string& baseline) {
  const std::string name = gate.name(baseline);
  const MetricEntry* entry = report.find(gate.metric);
  if (entry == nullptr) return result_of(name, true, "no value: not computed");
  if (!entry->result.value) return result_of(name, true, "no value: " + entry->result.reason);
  return gate.kind == Gate::Kind::kFailIfWorse ? check_baseline(gate, comparison, name)
                                               : check_limit(gate, entry->result, name);
}

}  // namespace

std::string Gate::name(const std::string& baseline) const {
  if (kind == Kind::kFailIfWorse) return concat(metric, " not worse than ", baseline);
  return concat(metric, kind == Kind::kFailUnder ? " at least " : " at most ", limit);
}

std::string_view Gate::flag() const {
  constexpr std::array kFlags{"--fail-under", "--fail-over", "--fail-if-worse"};  // by Kind
  return kFlags[static_cast<std::size_t>(kind)];
}

Gate parse_gate(Gate::Kind kind, const std::string& flag, const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string key = text.substr(0, equals);
  const std::string number = equals == std::string::npos ? "" : text.substr(equals + 1);
  Gate gate{kind, "", 0, true};
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), gate.limit);
  if (error != std::errc() || end != number.data() + number.size() || !std::isfinite(gate.limit)) {
    throw UsageError(concat(flag, ": \"", text, "\" is not METRIC=NUMBER, such as CLIP-S=0.7"));
  }
  const metrics::Chosen chosen = metrics::metric_named(flag, key);
  const metrics::Metric& metric = *chosen.metric;
  gate.metric = chosen.key();
  if (!metric.range.holds(gate.limit)) {
    const bool is_percentage = metric.range == metrics::kShare && gate.limit > 0 && gate.limit <= 100;
    throw UsageError(
        concat(flag, ": \"", text, "\": ", metric.key, " is ", metric.range.words(),
               is_percentage ? concat("; did you mean ", metric.key, "=", gate.limit / 100, "?") : ""));
  }
  return gate;
}

std::vector<GateResult> check_gates(const std::vector<Gate>& gates, const Report& report,
                                    const std::optional<Comparison>& comparison,
                                    const std::string& baseline) {
  return mapped(gates, [&](const Gate& gate) { return check_gate(gate, report, comparison, baseline); });
}

std::string to_junit(const std::vector<GateResult>& results, const std::string& suite, double seconds) {
  const auto crossed = std::ranges::count(results, true, &GateResult::crossed);
  std::string cases;
  for (const GateResult& result : results) {
    const std::string message = escape_markup(result.message);
    cases += concat("    <testcase classname=\"tise-eval\" name=\"", escape_markup(result.name),
                    "\" time=\"0\">\n      ",
                    result.crossed ? concat("<failure message=\"", message, "\"/>")
                                   : concat("<system-out>", message, "</system-out>"),
                    "\n    </testcase>\n");
  }
  const std::string counts = concat("tests=\"", results.size(), "\" failures=\"", crossed, "\" errors=\"0\"");
  return concat("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites ", counts, ">\n  <testsuite name=\"",
                escape_markup(suite), "\" ", counts, " time=\"", seconds, "\">\n", cases,
                "  </testsuite>\n</testsuites>\n");
}

}  // namespace tise::report
