// The difference of a metric between two runs, and its error.
//
// To first order, a value's deviation is the sum of its lines' contributions. A contribution is the line's
// influence divided by the number of lines. The difference's deviation is the sum over the other run minus
// the sum over the baseline, so its error needs no metric's formula. What the two runs share (the same
// caption was hard for both) cancels within a cluster.
//
// If only some captions are shared, the values on the shared ones are approximated to first order: a value
// changes by the mean influence of the lines that stay. If fewer than half of the smaller run's lines are
// shared, the runs are treated as independent.
//
// A mean over strata (SOA-C, PA) has few samples per stratum, and subtracting each stratum's mean hides how
// they vary. But two runs on the same captions have the same strata. A line's contribution is then
// success/(C N_c) with no mean subtracted, because equally good generators don't differ on average
// (docs/dev/errors.md).

#include "difference.h"

#include <algorithm>
#include <cmath>

#include "as_text.h"
#include "tise/base/concat.h"
#include "tise/metrics/influence.h"
#include "tise/metrics/significance.h"

namespace tise::report {
namespace {

/// A difference of at most this share of the values is rounding and counts as none. Networks compute in
/// float32, whose relative steps are 1.2e-7, and batch sizes and thread counts change the order of their
/// sums. This changed values by up to 2e-8 (docs/dev/errors.md).
constexpr double kArithmetic = 1e-6;
/// An error of at most this share of the difference is rounding: every sample changed alike.
constexpr double kAllAlike = 1e-9;
/// Unequal sample counts may shift the difference by at most this share of its error.
constexpr double kBiasOfError = 0.1;
/// If the shift is larger, a difference counts only beyond this many times the shift, because a bias is known
/// only to first order.
constexpr double kLeeway = 2.0;

/// A value on some of the lines, and each of these lines' contribution to its deviation.
struct Restricted {
  double value = 0;
  std::vector<double> contributions;
};

Restricted by_influence(const SampledMetric& metric, const std::vector<std::size_t>& lines) {
  Restricted result{*metric.value, {}};
  const auto count = static_cast<double>(lines.size());
  double mean = 0.0;
  if (lines.size() < lines_in(metric.influence)) {  // else the value is already that of these lines
    for (const std::size_t line : lines) mean += *metric.influence[line];
    mean /= count;
  }
  for (const std::size_t line : lines)
    result.contributions.push_back((*metric.influence[line] - mean) / count);
  result.value += mean;
  return result;
}

Restricted by_strata(const SampledMetric& metric, const std::vector<std::size_t>& lines) {
  struct Share {
    double successes = 0.0;
    double count = 0.0;
  };
  std::vector<Share> shares(metric.strata.names.size());
  for (const std::size_t line : lines) {
    for (const auto& [stratum, success] : metric.strata.of_pair[line]) {
      shares[stratum].successes += success;
      shares[stratum].count += 1.0;
    }
  }
  const auto strata = static_cast<double>(
      std::ranges::count_if(shares, [](const Share& share) { return share.count > 0.0; }));
  Restricted result;
  for (const auto& [successes, count] : shares) {
    if (count > 0.0) result.value += successes / count / strata;
  }
  if (lines.size() == lines_in(metric.influence)) result.value = *metric.value;
  for (const std::size_t line : lines) {
    double contribution = 0.0;
    for (const auto& [stratum, success] : metric.strata.of_pair[line])
      contribution += success / (strata * shares[stratum].count);
    result.contributions.push_back(contribution);
  }
  return result;
}

/// The spread of a sum of contributions; `spread_of` gives that of their mean.
metrics::Spread spread_of_sum(const metrics::Influence& contributions, const metrics::Clusters& clusters) {
  metrics::Spread spread = metrics::spread_of(contributions, clusters);
  spread.std_error *= static_cast<double>(contributions.size());
  return spread;
}

/// The spread of one side if prompts are fixed; its images vary independently of the other side's.
metrics::Spread spread_within_prompts(const Side& side, const std::vector<std::size_t>& lines,
                                      const Restricted& part) {
  metrics::Clusters clusters;
  for (const std::size_t line : lines) {
    clusters.image.push_back(side.clusters.image[line]);
    clusters.prompt.push_back(side.clusters.prompt[line]);
  }
  return spread_of_sum({part.contributions.begin(), part.contributions.end()}, clusters);
}

/// The contributions of both sides, and what varies together among them.
struct Stacked {
  metrics::Influence influence;
  metrics::Clusters clusters;

  void add(const Side& side, const std::vector<std::size_t>& lines, const Restricted& part, double sign) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      influence.emplace_back(sign * part.contributions[i]);
      clusters.caption.push_back(side.matched.caption[lines[i]]);
      clusters.image.push_back(side.matched.image[lines[i]]);
    }
  }
  metrics::Spread spread() const { return spread_of_sum(influence, clusters); }
  /// The number of independent components, each of which can go up or down.
  std::size_t components() const {
    const std::vector<std::size_t> components = metrics::components_of(clusters);
    return *std::ranges::max_element(components) + 1;
  }
};

/// What a test needs in addition to the difference and its error.
struct Grounds {
  double degrees = 0;      ///< of freedom; 0 if the error is unknown
  std::size_t moving = 0;  ///< number of independent components
};

/// The bias of the run that has one, nullopt if that is unknown; 0 if neither has one.
std::optional<double> either_bias(const SampledMetric& a, const SampledMetric& b) {
  return a.bias == 0.0 ? b.bias : a.bias;
}

/// For two values that vary independently. The wider one decides whether the error is reliable.
Grounds add_up(Difference& difference, const metrics::Spread& baseline, const metrics::Spread& other,
               const std::optional<double>& bias) {
  if (baseline.clusters < 2 || other.clusters < 2) return {};
  difference.std_error = std::hypot(baseline.std_error, other.std_error);
  difference.unreliable = metrics::why_unreliable(baseline.std_error > other.std_error ? baseline : other,
                                                  difference.value, bias);
  return {metrics::welch_degrees(baseline.std_error, baseline.clusters, other.std_error, other.clusters),
          std::min(baseline.clusters, other.clusters)};
}

/// `5 of 6`: the shared lines of the run that has more left over; empty if neither has.
std::string shared_part(const SampledMetric& baseline, const SampledMetric& other,
                        const SharedLines& shared) {
  const std::size_t of_baseline = lines_in(baseline.influence);
  const std::size_t of_other = lines_in(other.influence);
  const bool more_in_other = of_other - shared.other.size() > of_baseline - shared.baseline.size();
  const std::size_t lines = more_in_other ? of_other : of_baseline;
  const std::size_t kept = more_in_other ? shared.other.size() : shared.baseline.size();
  return kept < lines ? concat(kept, " of ", lines) : "";
}

Grounds compare_paired(Difference& difference, const Sides& sides, const SharedLines& shared) {
  const auto [baseline, other] = sides.metric(difference.metric);
  const bool have_strata = !baseline.strata.empty() && !other.strata.empty();
  const auto restricted = have_strata ? &by_strata : &by_influence;
  const Restricted a = restricted(baseline, shared.baseline);
  const Restricted b = restricted(other, shared.other);
  difference.difference = b.value - a.value;
  difference.n = std::min(shared.baseline.size(), shared.other.size());
  difference.part = shared_part(baseline, other, shared);
  if (!sides.baseline.clusters.prompt.empty() && !sides.other.clusters.prompt.empty()) {
    return add_up(difference, spread_within_prompts(sides.baseline, shared.baseline, a),
                  spread_within_prompts(sides.other, shared.other, b), either_bias(baseline, other));
  }
  Stacked stacked;
  stacked.add(sides.baseline, shared.baseline, a, -1.0);
  stacked.add(sides.other, shared.other, b, 1.0);
  const metrics::Spread spread = stacked.spread();
  difference.std_error = spread.std_error;
  if (spread.clusters < 2) return {};
  difference.unreliable = metrics::why_unreliable(spread, difference.value, either_bias(baseline, other));
  const bool all_alike = spread.std_error <= kAllAlike * std::abs(difference.difference);
  return {static_cast<double>(spread.clusters) - 1.0, all_alike ? stacked.components() : 0};
}

Grounds compare_independent(Difference& difference, const Sides& sides) {
  const auto [baseline, other] = sides.metric(difference.metric);
  difference.paired = false;
  difference.difference = difference.value - difference.baseline;
  return add_up(difference, metrics::spread_of(baseline.influence, sides.baseline.clusters),
                metrics::spread_of(other.influence, sides.other.clusters), either_bias(baseline, other));
}

/// The largest difference that may be rounding, given the values and the terms that they are differences of.
double rounding_of(const Difference& difference, const Sides& sides) {
  const auto [baseline, other] = sides.metric(difference.metric);
  return kArithmetic *
         std::max({std::abs(difference.baseline), std::abs(difference.value), baseline.terms, other.terms});
}

/// Sets a difference within rounding to 0. Its error too, if that is the spread of rounding alone, as between
/// two runs on the same images.
void drop_rounding(Difference& difference, const Sides& sides) {
  const double rounding = rounding_of(difference, sides);
  if (std::abs(difference.difference) > rounding) return;
  difference.difference = 0.0;
  if (difference.std_error <= rounding) difference.std_error = 0.0;
}

void test(Difference& difference, const Grounds& grounds) {
  const double error = difference.std_error * difference.widening;
  difference.degrees = grounds.degrees;
  difference.ci95 = metrics::interval_95(difference.difference, error, grounds.degrees);
  if (difference.difference == 0.0) {
    difference.p = 1.0;
  } else if (error <= kAllAlike * std::abs(difference.difference)) {
    difference.p = std::exp2(1.0 - static_cast<double>(grounds.moving));
  } else {
    const double beyond = std::max(std::abs(difference.difference) - difference.leeway, 0.0);
    difference.p = metrics::two_sided_p(beyond / error, grounds.degrees);
  }
}

/// How far unequal sample counts alone may shift one value against the other.
double bias_between(const SampledMetric& a, const SampledMetric& b) {
  const auto n = [](const SampledMetric& metric) { return static_cast<double>(metric.n); };
  const double constant = std::max(std::abs(*a.bias) * n(a), std::abs(*b.bias) * n(b));
  return constant * std::abs(1.0 / n(a) - 1.0 / n(b));
}

/// Why one of the runs' influences describe its value poorly, if so: the run with the larger error, if both
/// do.
const std::string& poor_expansion(const SampledMetric& baseline, const SampledMetric& other) {
  const bool of_other = baseline.poor_expansion.empty() ||
                        (!other.poor_expansion.empty() && other.std_error > baseline.std_error);
  return (of_other ? other : baseline).poor_expansion;
}

/// Why the error to test with is unknown; empty if it is known. Strata on the same captions have their own
/// test.
std::string why_no_error(const Difference& difference, const Sides& sides, const Grounds& grounds) {
  const auto [baseline, other] = sides.metric(difference.metric);
  if (grounds.degrees == 0.0) {
    return sides.other.clusters.prompt.empty()
               ? "a spread needs at least two clusters of samples"
               : "prompts are fixed, but not every prompt has at least two images";
  }
  const bool has_own_test = difference.paired && !baseline.strata.empty();
  if (has_own_test || (baseline.widening && other.widening)) return "";
  const std::string& poor = poor_expansion(baseline, other);
  return poor.empty() ? "" : concat("the standard error is unreliable (", poor, ")");
}

/// Sets `not_judged` and `leeway`.
void doubt(Difference& difference, const Sides& sides, const Grounds& grounds) {
  if (difference.difference == 0.0) return;
  difference.not_judged = why_no_error(difference, sides, grounds);
  if (!difference.not_judged.empty()) return;
  const auto [baseline, other] = sides.metric(difference.metric);
  const OfSizes sizes = made_by_sizes(baseline, other, difference.std_error * difference.widening);
  difference.leeway = sizes.leeway;
  difference.not_judged = sizes.why;
}

}  // namespace

std::size_t lines_in(const metrics::Influence& influence) {
  return static_cast<std::size_t>(
      std::ranges::count_if(influence, [](const auto& value) { return value.has_value(); }));
}

OfSizes made_by_sizes(const SampledMetric& baseline, const SampledMetric& other, double error) {
  if (baseline.choices != other.choices) {
    return {0.0, concat("ranked among ", baseline.choices, " others in one run and ", other.choices,
                        " in the other")};
  }
  if (baseline.n == other.n || (baseline.bias == 0.0 && other.bias == 0.0)) return {};
  const std::string sizes = concat("the runs have ", baseline.n, " and ", other.n, " samples");
  if (!baseline.bias || !other.bias) return {0.0, sizes + "; how far this alone shifts the value is unknown"};
  const double shift = bias_between(baseline, other);
  if (shift <= kBiasOfError * error) return {};
  return {kLeeway * shift, concat(sizes, "; this alone shifts the value by about ", shown(shift))};
}

Difference difference_of(const std::string& metric, const Sides& sides) {
  const auto [baseline, other] = sides.metric(metric);
  Difference difference;
  difference.metric = metric;
  difference.higher_is_better = baseline.higher_is_better;
  difference.baseline = *baseline.value;
  difference.value = *other.value;
  difference.baseline_ci95 =
      baseline.std_error ? baseline.ci95 : std::array{*baseline.value, *baseline.value};
  difference.widening = std::max(baseline.widening.value_or(1.0), other.widening.value_or(1.0));
  const SharedLines shared = shared_lines(sides, metric);
  difference.n = std::min(lines_in(baseline.influence), lines_in(other.influence));
  const std::size_t both = std::min(shared.baseline.size(), shared.other.size());
  const bool is_paired = both >= 2 && 2 * both >= difference.n;
  const Grounds grounds =
      is_paired ? compare_paired(difference, sides, shared) : compare_independent(difference, sides);
  const std::string& poor = poor_expansion(baseline, other);
  if (!poor.empty() && (baseline.strata.empty() || !difference.paired)) difference.unreliable = poor;
  drop_rounding(difference, sides);
  doubt(difference, sides, grounds);
  if (grounds.degrees > 0.0) test(difference, grounds);
  return difference;
}

}  // namespace tise::report
