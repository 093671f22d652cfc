#include "gates.h"

#include "outputs.h"
#include "tise/base/concat.h"
#include "tise/base/names.h"
#include "tise/base/utf8.h"
#include "tise/metrics/registry.h"

namespace tise::cli {

using report::Gate;

Gates::Gates(const ReportOptions& options, const run::Asked& asked, std::optional<report::SampleSet> baseline,
             std::vector<report::Gate> gates)
    : options_(options), metrics_(asked.keys), baseline_(std::move(baseline)), gates_(std::move(gates)) {}

Gates read_gates(const ReportOptions& all, const run::Asked& asked) {
  const GateOptions& options = all.gates;
  check_writable(options.junit, "JUnit report");
  check_writable(options.markdown, "summary");
  std::optional<report::SampleSet> baseline;
  if (options.baseline) baseline = report::read_sample_sets({*options.baseline}).front();
  std::vector<Gate> gates = options.limits;
  if (!options.fail_if_worse) return {all, asked, std::move(baseline), std::move(gates)};
  const auto& named = *options.fail_if_worse;
  std::vector<std::string> gated = named;
  if (named.empty()) {
    for (const auto& [key, metric] : baseline->metrics) {
      if (asked.has(key)) gated.push_back(key);
    }
  }
  for (const std::string& key : metrics::in_order(gated)) {
    if (!baseline->metrics.contains(key)) {
      throw InputError(
          concat("baseline ", baseline->path, ": has no ", key, ", which --fail-if-worse names"));
    }
    gates.push_back({Gate::Kind::kFailIfWorse, key, 0, !named.empty()});
  }
  return {all, asked, std::move(baseline), std::move(gates)};
}

report::CompareSettings Gates::settings() const {
  return {metrics_, options_.gates.alpha, options_.force,
          options_.gates.fail_if_worse.value_or(std::vector<std::string>())};
}

void Gates::warn_of_ungated(const report::Report& expected, Console& console) const {
  const auto& named = options_.gates.fail_if_worse;
  if (!named || !named->empty()) return;
  std::vector<std::string> missing;
  for (const auto& [key, metric] : baseline_->metrics) {
    if (expected.find(key) == nullptr) missing.push_back(key);
  }
  const auto ungated = metrics::in_order(missing);
  if (ungated.empty()) return;
  console.warn(concat("--fail-if-worse: no gate for ", joined(ungated),
                      ", which the baseline has but this run does not compute; add ",
                      ungated.size() == 1 ? "it" : "them",
                      " to --metrics, or name the metrics to gate, as in --fail-if-worse CA,FID"));
}

void Gates::check(const report::Report& expected, Console& console) {
  for (const Gate& gate : gates_) {
    if (gate.is_named && expected.find(gate.metric) == nullptr)
      throw UsageError(concat(gate.flag(), ": ", gate.metric, " is not among --metrics; add it there"));
  }
  warn_of_ungated(expected, console);
  std::erase_if(gates_, [&](const Gate& gate) { return expected.find(gate.metric) == nullptr; });
  for (const Gate& gate : gates_) {
    const report::MetricEntry* entry = expected.find(gate.metric);
    if (entry->result.value) continue;
    console.warn(concat("gate will fail: ", gate.name(baseline_name()), ": ", entry->result.reason));
  }
  if (!baseline_) return;
  const auto not_judged = report::check_comparable(*baseline_, expected, settings());
  std::vector<std::string> hopeless;
  for (const Gate& gate : gates_) {
    const auto why = not_judged.find(gate.metric);
    if (gate.kind != Gate::Kind::kFailIfWorse || why == not_judged.end()) continue;
    const std::string line = concat(gate.metric, ": ", why->second);
    if (gate.is_named) hopeless.push_back(line);
    if (!gate.is_named)
      console.warn(concat("--fail-if-worse cannot judge ", line, "; only a far larger difference fails"));
  }
  if (hopeless.empty()) return;
  throw InputError(
      concat(
          "baseline ", baseline_->path,
          ": --fail-if-worse names metrics that cannot be judged; compare runs with equal numbers of images, "
          "or name other metrics:"),
      hopeless);
}

void Gates::apply(report::Report& report, const data::Dataset& dataset) {
  if (baseline_) {
    try {
      comparison_ = report::compare(*baseline_, report::sample_set(report, dataset), settings());
      report.comparison = report::json_of(*comparison_, baseline_->name, options_.gates.alpha);
      for (const std::string& warning : comparison_->warnings)
        report.warnings.push_back("baseline: " + warning);
    } catch (const InputError& error) {
      const std::string why = replaced(error.what(), '\n', " ");
      report.warnings.push_back("not compared with the baseline: " + why);
    }
  }
  for (const Gate& gate : gates_) {
    const report::Difference* seen = comparison_ ? comparison_->find(gate.metric) : nullptr;
    if (gate.kind != Gate::Kind::kFailIfWorse || gate.is_named || seen == nullptr) continue;
    if (seen->verdict == report::Verdict::kNotJudged)
      report.warnings.push_back(
          concat("no gate for ", gate.metric, ", which cannot be judged: ", seen->not_judged));
  }
  results_ = report::check_gates(gates_, report, comparison_, baseline_name());
  for (const report::GateResult& result : results_) {
    report.gates.push_back({{"name", result.name}, {"crossed", result.crossed}, {"message", result.message}});
  }
}

ExitCode Gates::deliver(const report::Report& report, Console& console) const {
  if (comparison_) {
    console.print(concat("\n", report::to_table({baseline_->name, options_.gates.alpha, {*comparison_}})));
    for (const std::string& note : comparison_->notes) console.info("baseline: " + note);
  }
  bool crossed = false;
  for (const report::GateResult& result : results_) {
    if (!result.crossed) continue;
    console.error("gate failed: " + result.message);
    crossed = true;
  }
  if (options_.gates.junit) {
    cli::deliver(options_.gates.junit, "JUnit report",
                 report::to_junit(results_, report.inputs.images.path, report.run.seconds));
  }
  if (options_.gates.markdown) {
    cli::deliver(options_.gates.markdown, "summary",
                 report::to_markdown(report, comparison_, baseline_name(), results_));
  }
  return crossed ? ExitCode::kGateCrossed : ExitCode::kOk;
}

}  // namespace tise::cli
