// Is one run better than another? Each metric gets a difference and a p-value (difference.cpp). p-values are
// Holm-adjusted over the judged metrics, and each metric gets a verdict or the reason why it gets none
// (docs/statistics.md).

#include "tise/report/compare.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "as_text.h"
#include "comparable.h"
#include "difference.h"
#include "signature_fields.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"
#include "tise/metrics/registry.h"
#include "tise/metrics/significance.h"

namespace tise::report {
namespace {

/// Fields that may differ between compared runs; they decide only whether the runs are paired. References may
/// differ if the captions do.
constexpr std::array<std::string_view, 3> kPairing{"captions", "n", "left-out"};
constexpr std::string_view kOfOtherCaptions = "references";

/// Whether a metric may get a verdict.
bool may_be_judged(Difference& difference, const std::vector<std::string>& judged) {
  if (!metrics::asked_for(judged, difference.metric)) {
    difference.not_judged = kNotNamed;
    difference.leeway = 0.0;
  }
  return difference.not_judged.empty() || difference.leeway > 0.0;
}

Verdict verdict_of(const Difference& difference, double alpha) {
  if (difference.p_adjusted.value_or(1.0) < alpha) {
    const bool higher = difference.difference > 0.0;
    return higher == difference.higher_is_better ? Verdict::kBetter : Verdict::kWorse;
  }
  return difference.not_judged.empty() ? Verdict::kNoDifference : Verdict::kNotJudged;
}

void judge(std::vector<Difference>& differences, const CompareSettings& settings) {
  std::vector<std::optional<double>> p_values;
  for (Difference& difference : differences)
    p_values.push_back(may_be_judged(difference, settings.judged) ? difference.p : std::nullopt);
  const auto adjusted = metrics::holm(p_values);
  const auto tests =
      static_cast<double>(std::ranges::count_if(p_values, [](const auto& p) { return p.has_value(); }));
  for (std::size_t i = 0; i < differences.size(); ++i) {
    Difference& difference = differences[i];
    difference.p_adjusted = adjusted[i];
    difference.verdict = verdict_of(difference, settings.alpha);
    if (!adjusted[i] || difference.std_error == 0.0) continue;
    difference.detectable =
        difference.leeway + metrics::detectable_difference(difference.std_error * difference.widening,
                                                           difference.degrees, settings.alpha / tests);
  }
}

/// The requested metrics that both runs have, in the registry's order.
std::vector<std::string> common_metrics(const SampleSet& baseline, const SampleSet& other,
                                        const std::vector<std::string>& asked) {
  std::vector<std::string> keys;
  for (const auto& [key, metric] : baseline.metrics) {
    if (metrics::asked_for(asked, key) && other.metrics.contains(key)) keys.push_back(key);
  }
  return metrics::in_order(keys);
}

bool have_same_captions(const std::string& a, const std::string& b) {
  const auto captions = [](const std::string& signature) {
    for (const auto& [key, value] : split_signature(signature)) {
      if (key == "captions") return value;
    }
    return std::string_view();
  };
  return captions(a) == captions(b);
}

/// A signature without the fields that may differ.
std::string without_pairing(const std::string& signature, const std::string& other) {
  const bool same_captions = have_same_captions(signature, other);
  std::string text;
  for (const auto& [key, value] : split_signature(signature)) {
    if (std::ranges::find(kPairing, key) != kPairing.end()) continue;
    if (key == kOfOtherCaptions && !same_captions) continue;
    text += concat(text.empty() ? "" : "|", key, ":", value);
  }
  return text;
}

/// Returns what to warn about. Throws InputError if the runs can't be compared.
std::vector<std::string> check(const SampleSet& baseline, const SampleSet& other,
                               const std::vector<std::string>& keys, const CompareSettings& settings) {
  if (keys.empty()) {
    throw InputError(
        concat("samples ", other.path, ": no metric",
               settings.metrics.empty() ? "" : " of --metrics (" + joined(settings.metrics) + ")",
               " in common with ", baseline.path, "; evaluate both runs with the same --metrics"));
  }
  std::vector<std::string> found =
      signature_differences({{baseline.path, without_pairing(baseline.signature, other.signature)},
                             {other.path, without_pairing(other.signature, baseline.signature)}},
                            keys);
  if (baseline.prompts != other.prompts) {
    found.push_back(concat("--prompts: ", metrics::to_string(baseline.prompts), " in ", baseline.path, ", ",
                           metrics::to_string(other.prompts), " in ", other.path));
  }
  if (!found.empty() && !settings.force) {
    throw InputError("these runs are not comparable; pass --force to compare them anyway:", found);
  }
  return found;
}

void add_notes(Comparison& comparison) {
  std::vector<std::string> independent;
  std::vector<std::string> part;
  for (const Difference& difference : comparison.differences) {
    if (!difference.paired) independent.push_back(difference.metric);
    if (!difference.part.empty()) part.push_back(concat(difference.metric, " (", difference.part, ")"));
  }
  if (!independent.empty()) {
    comparison.notes.push_back("not paired, because the captions differ or are missing: " +
                               joined(independent) + "; the errors are those of independent runs");
  }
  if (!part.empty()) {
    comparison.notes.push_back(
        "only part of the captions is shared: differences are for the shared samples, to first order; values "
        "are for the whole runs: " +
        joined(part));
  }
}

/// Why `n` samples alone will shift a metric by more than a verdict allows; empty if they won't, or if `n` is
/// 0 (unknown). Assumes the largest error that the difference can have: that of independent runs.
std::string why_sizes_will_matter(const SampledMetric& baseline, std::size_t n) {
  if (n == 0) return "";
  SampledMetric other;
  other.n = n;
  other.bias = baseline.bias;
  other.choices = baseline.choices;
  const double error = baseline.std_error.value_or(0.0) * baseline.widening.value_or(1.0);
  const double ratio = static_cast<double>(baseline.n) / static_cast<double>(n);
  return made_by_sizes(baseline, other, error * std::sqrt(1.0 + ratio)).why;
}

}  // namespace

std::string Difference::words() const { return metric + " " + outcome(); }

std::string Difference::outcome() const {
  const std::string size = difference_with_error(std::abs(difference), std_error);
  const std::string text = size + (difference > 0.0   ? " higher: "
                                   : difference < 0.0 ? " lower: "
                                                      : " apart: ");
  const bool is_same = verdict == Verdict::kNoDifference;
  return text + (is_same ? "no significant difference" : nlohmann::json(verdict).get<std::string>());
}

const Difference* Comparison::find(std::string_view metric) const {
  const auto found = std::ranges::find(differences, metric, &Difference::metric);
  return found == differences.end() ? nullptr : &*found;
}

std::vector<std::string> Comparison::lacking(const std::vector<std::string>& metrics) const {
  std::vector<std::string> lines;
  for (const std::string& key : metrics) {
    if (find(key) == nullptr)
      lines.push_back(concat(name, ": ", key, " is not compared: one of the runs does not have it"));
  }
  return lines;
}

std::vector<std::string> Comparison::worse(const std::vector<std::string>& named) const {
  std::vector<std::string> lines;
  for (const Difference& one : differences) {
    const std::string line = concat(name, ": ", one.words());
    if (one.verdict == Verdict::kWorse) lines.push_back(line);
    if (one.verdict == Verdict::kNotJudged && std::ranges::find(named, one.metric) != named.end())
      lines.push_back(concat(line, ": ", one.not_judged));
  }
  return lines;
}

Comparison compare(const SampleSet& baseline, const SampleSet& other, const CompareSettings& settings) {
  const auto keys = common_metrics(baseline, other, settings.metrics);
  Comparison comparison{other.name, other.path, {}, {}, check(baseline, other, keys, settings)};
  const Sides sides = sides_of(baseline, other);
  for (const std::string& key : keys) comparison.differences.push_back(difference_of(key, sides));
  judge(comparison.differences, settings);
  add_notes(comparison);
  return comparison;
}

std::map<std::string, std::string> check_comparable(const SampleSet& baseline, const Report& expected,
                                                    const CompareSettings& settings) {
  SampleSet run;
  run.name = run.path = "this run";
  run.signature = signature(expected);
  run.prompts = expected.settings.prompts;
  for (const MetricEntry& entry : expected.metrics) {
    if (entry.result.value) run.metrics[entry.key].n = entry.result.n;
  }
  const auto keys = common_metrics(baseline, run, settings.metrics);
  check(baseline, run, keys, settings);
  std::map<std::string, std::string> not_judged;
  for (const std::string& key : keys) {
    std::string why = why_sizes_will_matter(baseline.metrics.at(key), run.metrics.at(key).n);
    if (!why.empty() && metrics::asked_for(settings.judged, key)) not_judged[key] = std::move(why);
  }
  return not_judged;
}

}  // namespace tise::report
