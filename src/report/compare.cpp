// Is one run better than another? The difference of a metric's values has, to first order, the mean over
// samples of the differences of their influences as its deviation: so its standard error needs no metric's
// formula, and what the two runs share (the same caption was hard for both) cancels.
//
// Lines with the same id and the same caption are paired. Where they are not all lines of both runs, the
// values on the shared ones alone are taken to first order: a value moves by the mean of the influences of
// those that stay. Where fewer than half of the smaller run is shared, the runs are taken for independent.
//
// What varies together on one of the sides counts as one: lines of one caption, and lines of one image. The
// test is Student's, with one degree of freedom less than there are clusters; p-values are adjusted by Holm's
// method over the metrics of a comparison (docs/statistics.md). Where every sample moved alike there is no
// error to divide by: then it is the sign-flipping test, where this is one of the two most extreme of 2^G
// outcomes for G clusters.

#include "tise/report/compare.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "comparable.h"
#include "numbers.h"
#include "signature_fields.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"
#include "tise/metrics/influence.h"
#include "tise/metrics/registry.h"
#include "tise/metrics/significance.h"

namespace tise::report {
namespace {

/// What may differ between runs that are compared: whether they are paired hangs on it, and is said.
constexpr std::array<std::string_view, 3> kPairing{"captions", "n", "left-out"};

/// Errors that are marked since they are too small count as so much larger in tests: the most by which they
/// were seen to be (docs/statistics.md). Distances' marked errors are too large, and RP's as good as others.
constexpr double kCaution = 1.7;
constexpr std::array<std::string_view, 5> kTooSmallWhereMarked{"IS", "IS*", "O-IS", "SOA-C", "PA"};

/// Other batch sizes and thread counts move a value by less than this, relative to its size
/// (docs/statistics.md). A smaller difference counts as none.
constexpr double kArithmetic = 1e-6;
/// An error of no more than this share of the difference is rounding: every sample moved alike.
constexpr double kAllAlike = 1e-9;

/// Of each line of one run, the line of the other with the same id and caption.
using Pairing = std::vector<std::optional<std::size_t>>;

Pairing pairing_of(const SampleSet& baseline, const SampleSet& other) {
  std::unordered_map<std::string_view, std::size_t> line_of_id;
  for (std::size_t i = 0; i < baseline.lines.size(); ++i) line_of_id.emplace(baseline.lines[i].id, i);
  Pairing pairing(other.lines.size());
  for (std::size_t i = 0; i < other.lines.size(); ++i) {
    const auto found = line_of_id.find(other.lines[i].id);
    if (found == line_of_id.end() || !other.lines[i].caption) continue;
    if (baseline.lines[found->second].caption == other.lines[i].caption) pairing[i] = found->second;
  }
  return pairing;
}

/// Lines of the same caption, and those of the same image. A line's `cluster` takes the place of its caption;
/// without it, an empty caption, or none, is alone.
metrics::Clusters clusters_of(const SampleSet& set) {
  metrics::Clusters clusters;
  std::map<std::pair<bool, std::string_view>, std::size_t> captions;  // whether it is a cluster, the text
  std::unordered_map<std::string_view, std::size_t> images;
  for (std::size_t i = 0; i < set.lines.size(); ++i) {
    const SampleLine& line = set.lines[i];
    const std::string_view caption = line.caption ? std::string_view(*line.caption) : std::string_view();
    const std::string_view text = line.cluster ? std::string_view(*line.cluster) : caption;
    const bool is_alone = !line.cluster && text.empty();
    clusters.caption.push_back(
        is_alone ? set.lines.size() + i
                 : captions.try_emplace({line.cluster.has_value(), text}, captions.size()).first->second);
    clusters.image.push_back(images.emplace(line.image, images.size()).first->second);
  }
  return clusters;
}

/// A run, and which of its lines vary together.
struct Side {
  explicit Side(const SampleSet& samples) : set(samples), clusters(clusters_of(samples)) {}
  const SampledMetric& metric(const std::string& key) const { return set.metrics.at(key); }

  const SampleSet& set;
  metrics::Clusters clusters;
};

/// Numbers that are joined to sets (union-find).
class Joined {
 public:
  explicit Joined(std::size_t n) : parent_(n) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }
  std::size_t root(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) { parent_[root(a)] = root(b); }

 private:
  std::vector<std::size_t> parent_;
};

/// Two runs, and of each line of the other the baseline's with the same id and caption.
struct Sides {
  Sides(const SampleSet& baseline_set, const SampleSet& other_set)
      : baseline(baseline_set), other(other_set), pairing(pairing_of(baseline_set, other_set)) {}
  Side baseline;
  Side other;
  Pairing pairing;
};

std::size_t lines_in(const metrics::Influence& influence) {
  return static_cast<std::size_t>(
      std::count_if(influence.begin(), influence.end(), [](const auto& value) { return value.has_value(); }));
}

/// A value and its influences on some lines alone.
struct Restricted {
  double value = 0;
  std::vector<double> influence;
};

Restricted restricted(const SampledMetric& metric, const std::vector<std::size_t>& lines) {
  Restricted result{metric.value, {}};
  double mean = 0.0;
  if (lines.size() < lines_in(metric.influence)) {  // else the value is that of these lines
    for (const std::size_t line : lines) mean += *metric.influence[line];
    mean /= static_cast<double>(lines.size());
  }
  for (const std::size_t line : lines) result.influence.push_back(*metric.influence[line] - mean);
  result.value += mean;
  return result;
}

/// Lines that have an influence in both runs, side by side.
struct Shared {
  std::vector<std::size_t> baseline;
  std::vector<std::size_t> other;
};

Shared shared_lines(const SampledMetric& baseline, const SampledMetric& other, const Pairing& pairing) {
  Shared shared;
  for (std::size_t i = 0; i < pairing.size(); ++i) {
    if (!pairing[i] || !other.influence[i] || !baseline.influence[*pairing[i]]) continue;
    shared.baseline.push_back(*pairing[i]);
    shared.other.push_back(i);
  }
  return shared;
}

/// A label for each shared line: the same for lines that have the same on one of the sides.
std::vector<std::size_t> joined_labels(const std::vector<std::size_t>& baseline,
                                       const std::vector<std::size_t>& other, const Shared& shared) {
  const std::size_t first = *std::max_element(baseline.begin(), baseline.end()) + 1;
  Joined labels(first + *std::max_element(other.begin(), other.end()) + 1);
  for (std::size_t i = 0; i < shared.baseline.size(); ++i)
    labels.join(baseline[shared.baseline[i]], first + other[shared.other[i]]);
  std::vector<std::size_t> joined;
  for (const std::size_t line : shared.baseline) joined.push_back(labels.root(baseline[line]));
  return joined;
}

/// Shared lines vary together where they do on one of the sides, whichever is the baseline.
metrics::Clusters shared_clusters(const Sides& sides, const Shared& shared) {
  const metrics::Clusters& a = sides.baseline.clusters;
  const metrics::Clusters& b = sides.other.clusters;
  return {joined_labels(a.caption, b.caption, shared), joined_labels(a.image, b.image, shared)};
}

/// By how much a metric's error is taken to be larger than its influences say.
double caution_of(const std::string& key, const std::string& poor_expansion) {
  const auto& keys = kTooSmallWhereMarked;
  return !poor_expansion.empty() && std::find(keys.begin(), keys.end(), key) != keys.end() ? kCaution : 1.0;
}

/// Whether the difference is so small, relative to the larger value, that it may be rounding.
bool is_arithmetic(const Difference& difference) {
  const double size = std::max(std::abs(difference.baseline), std::abs(difference.value));
  return std::abs(difference.difference) <= kArithmetic * size;
}

void test(Difference& difference, double degrees) {
  difference.ci95 = metrics::interval_95(difference.difference, difference.std_error, degrees);
  if (is_arithmetic(difference)) {
    difference.p = 1.0;
  } else if (difference.std_error <= kAllAlike * std::abs(difference.difference)) {
    difference.p = std::exp2(-degrees);
  } else {
    difference.p = metrics::two_sided_p(difference.difference / difference.std_error, degrees);
  }
}

/// Puts the difference and its error; returns the degrees of freedom, where there is an error.
std::optional<double> compare_paired(Difference& difference, const Sides& sides, const Shared& shared) {
  const Restricted a = restricted(sides.baseline.metric(difference.metric), shared.baseline);
  const Restricted b = restricted(sides.other.metric(difference.metric), shared.other);
  metrics::Influence influence;
  for (std::size_t i = 0; i < shared.baseline.size(); ++i)
    influence.emplace_back(b.influence[i] - a.influence[i]);
  const metrics::Spread spread = metrics::spread_of(influence, shared_clusters(sides, shared));
  difference.difference = b.value - a.value;
  difference.std_error = spread.std_error;
  difference.n = shared.baseline.size();
  difference.unreliable = metrics::why_unreliable(spread, difference.value);
  if (spread.clusters < 2) return std::nullopt;
  return static_cast<double>(spread.clusters) - 1.0;
}

std::optional<double> compare_independent(Difference& difference, const metrics::Spread& baseline,
                                          const metrics::Spread& other, std::size_t fewest) {
  difference.paired = false;
  difference.difference = difference.value - difference.baseline;
  difference.std_error = std::hypot(baseline.std_error, other.std_error);
  difference.n = fewest;
  // The wider one is most of the error.
  difference.unreliable =
      metrics::why_unreliable(baseline.std_error > other.std_error ? baseline : other, difference.value);
  if (baseline.clusters < 2 || other.clusters < 2) return std::nullopt;
  if (difference.std_error == 0.0)
    return static_cast<double>(std::min(baseline.clusters, other.clusters)) - 1.0;
  return metrics::welch_degrees(baseline.std_error, baseline.clusters, other.std_error, other.clusters);
}

std::array<double, 2> interval_of(const std::string& key, double value, const metrics::Spread& spread) {
  if (spread.clusters < 2) return {value, value};
  const auto degrees = static_cast<double>(spread.clusters) - 1.0;
  return metrics::find_metric(key)->range.cut(metrics::interval_95(value, spread.std_error, degrees));
}

Difference difference_of(const std::string& key, const Sides& sides) {
  const SampledMetric& baseline = sides.baseline.metric(key);
  const SampledMetric& other = sides.other.metric(key);
  const metrics::Spread spread = metrics::spread_of(baseline.influence, sides.baseline.clusters);
  Difference difference;
  difference.metric = key;
  difference.higher_is_better = baseline.higher_is_better;
  difference.baseline = baseline.value;
  difference.value = other.value;
  difference.baseline_ci95 = interval_of(key, baseline.value, spread);
  const Shared shared = shared_lines(baseline, other, sides.pairing);
  const std::size_t fewest = std::min(lines_in(baseline.influence), lines_in(other.influence));
  const bool is_paired = shared.baseline.size() >= 2 && 2 * shared.baseline.size() >= fewest;
  const auto degrees =
      is_paired ? compare_paired(difference, sides, shared)
                : compare_independent(difference, spread,
                                      metrics::spread_of(other.influence, sides.other.clusters), fewest);
  const std::string& poor = other.poor_expansion.empty() ? baseline.poor_expansion : other.poor_expansion;
  if (!poor.empty()) difference.unreliable = poor;
  difference.std_error *= caution_of(key, poor);
  if (degrees) test(difference, *degrees);
  return difference;
}

void judge(std::vector<Difference>& differences, double alpha) {
  std::vector<std::optional<double>> p_values;
  for (const Difference& difference : differences) p_values.push_back(difference.p);
  const auto adjusted = metrics::holm(p_values);
  for (std::size_t i = 0; i < differences.size(); ++i) {
    Difference& difference = differences[i];
    difference.p_adjusted = adjusted[i];
    if (!adjusted[i] || *adjusted[i] >= alpha) continue;
    const bool higher = difference.difference > 0.0;
    difference.verdict = higher == difference.higher_is_better ? Verdict::kBetter : Verdict::kWorse;
  }
}

/// The metrics asked for that both have, in the order of the registry.
std::vector<std::string> common_metrics(const SampleSet& baseline, const SampleSet& other,
                                        const std::vector<std::string>& asked) {
  std::vector<std::string> keys;
  for (const metrics::Metric& metric : metrics::registry()) {
    const std::string key(metric.key);
    if (metrics::asked_for(asked, key) && baseline.metrics.contains(key) && other.metrics.contains(key))
      keys.push_back(key);
  }
  return keys;
}

/// A signature without what may differ.
std::string without_pairing(const std::string& signature) {
  std::string text;
  for (const auto& [key, value] : split_signature(signature)) {
    if (std::find(kPairing.begin(), kPairing.end(), key) != kPairing.end()) continue;
    text += concat(text.empty() ? "" : "|", key, ":", value);
  }
  return text;
}

/// Throws, or returns what there is to warn of.
std::vector<std::string> check(const SampleSet& baseline, const SampleSet& other,
                               const std::vector<std::string>& keys, const CompareSettings& settings) {
  if (keys.empty()) {
    throw InputError(
        concat("samples ", other.path, ": no metric",
               settings.metrics.empty() ? "" : " of --metrics (" + joined(settings.metrics) + ")",
               " in common with ", baseline.path));
  }
  const auto signed_by = [](const SampleSet& set) {
    return Signed{set.path, without_pairing(set.signature)};
  };
  std::vector<std::string> found = signature_differences({signed_by(baseline), signed_by(other)}, keys);
  if (!found.empty() && !settings.force) {
    throw InputError("these runs can't be compared; --force compares them all the same:", found);
  }
  return found;
}

void add_notes(Comparison& comparison, const SampleSet& baseline, const SampleSet& other) {
  std::vector<std::string> independent;
  std::vector<std::string> part;
  for (const Difference& difference : comparison.differences) {
    const std::size_t most = std::max(lines_in(baseline.metrics.at(difference.metric).influence),
                                      lines_in(other.metrics.at(difference.metric).influence));
    if (!difference.paired) independent.push_back(difference.metric);
    if (difference.paired && difference.n < most)
      part.push_back(concat(difference.metric, " (", difference.n, " of ", most, ")"));
  }
  if (!independent.empty()) {
    comparison.notes.push_back("not paired, since the captions differ or there are none: " +
                               joined(independent) + "; the errors are those of independent sets");
  }
  if (!part.empty()) {
    comparison.notes.push_back("on the shared samples alone, to first order: " + joined(part));
  }
}

/// Distances fall with the number of samples: two of unequal sets don't compare.
void warn_of_sizes(Comparison& comparison, const SampleSet& baseline, const SampleSet& other) {
  for (const Difference& difference : comparison.differences) {
    const std::size_t a = baseline.metrics.at(difference.metric).n;
    const std::size_t b = other.metrics.at(difference.metric).n;
    if (difference.metric != "FID" && difference.metric != "O-FID") continue;
    if (a == b ||
        (difference.metric == "O-FID" && std::max(a, b) < 1.2 * static_cast<double>(std::min(a, b))))
      continue;
    comparison.warnings.push_back(concat(difference.metric, " of ", a, " and of ", b,
                                         " samples: it falls with their number, which the test takes for a "
                                         "difference; compare the extrapolated values of the reports"));
  }
}

}  // namespace

std::string Difference::words() const {
  const std::string size = metric + " " + difference_with_error(std::abs(difference), std_error);
  std::string text = size + (difference > 0.0 ? " higher: " : difference < 0.0 ? " lower: " : " apart: ");
  if (verdict == Verdict::kBetter) return text + "better";
  if (verdict == Verdict::kWorse) return text + "worse";
  return text + "no significant difference";
}

const Difference* Comparison::find(std::string_view metric) const {
  const auto found = std::find_if(differences.begin(), differences.end(),
                                  [&](const Difference& difference) { return difference.metric == metric; });
  return found == differences.end() ? nullptr : &*found;
}

Comparison compare(const SampleSet& baseline, const SampleSet& other, const CompareSettings& settings) {
  const auto keys = common_metrics(baseline, other, settings.metrics);
  Comparison comparison{other.name, other.path, {}, {}, check(baseline, other, keys, settings)};
  const Sides sides(baseline, other);
  for (const std::string& key : keys) comparison.differences.push_back(difference_of(key, sides));
  judge(comparison.differences, settings.alpha);
  add_notes(comparison, baseline, other);
  warn_of_sizes(comparison, baseline, other);
  return comparison;
}

void check_comparable(const SampleSet& baseline, const Report& expected, const CompareSettings& settings) {
  SampleSet run;
  run.name = run.path = "this run";
  run.signature = signature(expected);
  for (const MetricEntry& entry : expected.metrics) {
    if (entry.result.value) run.metrics[entry.key] = {};
  }
  check(baseline, run, common_metrics(baseline, run, settings.metrics), settings);
}

}  // namespace tise::report
