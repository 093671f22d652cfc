// Checks errors, intervals and tests in designs that people use: n prompts with k images each, several
// captions per image, one caption for many images, no captions. Each design is drawn many times, each time
// with other captions, for two equally good generators. docs/statistics.md quotes the lines that this prints.

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <iterator>
#include <map>
#include <sstream>

#include "metrics/drawn_world.h"
#include "metrics/samples_of.h"
#include "support/long_tests.h"
#include "tise/metrics/registry.h"
#include "tise/report/compare.h"

namespace tise::report {
namespace {

using testing::Design;
using testing::Generator;

struct NamedDesign {
  const char* name;
  Design design;
};

void PrintTo(const NamedDesign& named, std::ostream* stream) { *stream << named.name; }

const std::vector<NamedDesign> kDesigns{
    {"400_prompts", {}},
    {"100_prompts_of_4", {.prompts = 100, .images_each = 4}},
    {"100_prompts_of_4_alike", {.prompts = 100, .images_each = 4, .prompt_effect = 0.3}},
    {"100_prompts_of_4_very_alike", {.prompts = 100, .images_each = 4, .prompt_effect = 0.7}},
    {"40_prompts_of_10", {.prompts = 40, .images_each = 10}},
    {"40_prompts_of_10_alike", {.prompts = 40, .images_each = 10, .prompt_effect = 0.3}},
    {"20_prompts_of_20", {.prompts = 20, .images_each = 20}},
    {"20_prompts_of_20_alike", {.prompts = 20, .images_each = 20, .prompt_effect = 0.3}},
    {"5_captions_of_200_images", {.prompts = 200, .captions_each = 5}},
    {"hub", {.prompts = 400, .hub = 20}},
    {"unconditional", {.prompts = 400, .captions_are_empty = true}},
};

/// A run of a generator: its samples for `compare`, and its results.
struct Evaluated {
  SampleSet set;
  std::map<std::string, metrics::Result> results;
};

std::string text_of(const testing::Drawn& drawn, std::size_t pair) {
  return drawn.captions_are_empty ? "" : "caption " + std::to_string(drawn.pairs[pair].caption);
}

Evaluated evaluated(const testing::Drawn& drawn, const std::string& name) {
  const metrics::Samples samples = testing::samples_of(drawn);
  Evaluated run;
  run.set.name = run.set.path = name;
  run.set.signature = "precision:fp32";
  for (std::size_t i = 0; i < samples.pairs.size(); ++i) {
    run.set.lines.push_back(
        {samples.pairs[i].id, samples.images[samples.pairs[i].image], text_of(drawn, i), {}});
  }
  for (const metrics::Metric* metric : metrics::registry()) {
    const std::string key(metric->key);
    if (!testing::is_simulated(key)) continue;
    auto result = testing::compute_drawn(*metric, samples, testing::drawn_settings());
    if (!result.value || !result.std_error) continue;
    run.set.metrics[key] = SampledMetric{result, metric->higher_is_better};
    run.results[key] = std::move(result);
  }
  return run;
}

/// The values, errors and tests of a metric over all draws.
struct Seen {
  std::vector<metrics::Result> results;
  std::vector<Difference> null;   ///< between two equally good generators
  std::vector<Difference> worse;  ///< between a generator and a worse one

  double count() const { return static_cast<double>(results.size()); }
  double mean() const {
    double sum = 0.0;
    for (const auto& result : results) sum += *result.value;
    return sum / count();
  }
  double spread() const {
    double squares = 0.0;
    for (const auto& result : results) squares += std::pow(*result.value - mean(), 2.0);
    return std::sqrt(squares / (count() - 1.0));
  }
  std::vector<metrics::Result> unmarked() const {
    std::vector<metrics::Result> kept;
    std::copy_if(results.begin(), results.end(), std::back_inserter(kept),
                 [](const auto& result) { return result.unreliable.empty(); });
    return kept;
  }
  double marked() const { return 1.0 - static_cast<double>(unmarked().size()) / count(); }
};

double mean_error(const std::vector<metrics::Result>& results) {
  double sum = 0.0;
  for (const auto& result : results) sum += *result.std_error;
  return sum / static_cast<double>(results.size());
}

/// The share of the intervals that contain a value.
double share_that_hold(const std::vector<metrics::Result>& results, double value) {
  const auto holds = [&](const auto& result) { return result.ci95[0] <= value && value <= result.ci95[1]; };
  return static_cast<double>(std::count_if(results.begin(), results.end(), holds)) /
         static_cast<double>(results.size());
}

double rejection_rate(const std::vector<Difference>& differences) {
  const auto rejects = [](const Difference& difference) {
    const bool may_be_judged = difference.not_judged.empty() || difference.leeway > 0.0;
    return may_be_judged && difference.p.value_or(1.0) < 0.05;
  };
  return static_cast<double>(std::count_if(differences.begin(), differences.end(), rejects)) /
         static_cast<double>(differences.size());
}

/// The share of rejections that Student's t predicts for the mean difference and error.
double promised(const std::vector<Difference>& differences) {
  double lead = 0.0;
  double error = 0.0;
  double degrees = 0.0;
  for (const Difference& seen : differences) {
    lead += seen.difference;
    error += seen.std_error * seen.widening;
    degrees += seen.degrees / static_cast<double>(differences.size());
  }
  const boost::math::non_central_t t(degrees, lead / error);
  const double critical = boost::math::quantile(boost::math::students_t(degrees), 0.975);
  return boost::math::cdf(t, -critical) + boost::math::cdf(boost::math::complement(t, critical));
}

/// The upper 99% limit of a share (Clopper, Pearson 1934).
double upper_limit(double share, std::size_t count) {
  const double hits = share * static_cast<double>(count);
  if (hits >= static_cast<double>(count)) return 1.0;
  return boost::math::ibeta_inv(hits + 1.0, static_cast<double>(count) - hits, 0.99);
}

/// Draws a design many times.
class Simulation {
 public:
  explicit Simulation(Design design) : design_(design) {}

  void draw(std::size_t pairs) {
    const Generator usual{};
    const Generator worse{.noise = 0.95, .shift = 0.56, .finds = 0.76, .miscounts = 0.42};
    for (const std::size_t last = pairs_ + pairs; pairs_ < last; ++pairs_) {
      const Evaluated a = evaluate(usual, 100000);
      for (const auto& [key, result] : a.results) seen_[key].results.push_back(result);
      bool found = false;
      for (const Difference& difference : compare(a.set, evaluate(usual, 200000).set, {}).differences) {
        seen_[difference.metric].null.push_back(difference);
        found = found || difference.verdict == Verdict::kBetter || difference.verdict == Verdict::kWorse;
      }
      any_ += found ? 1U : 0U;
      if (pairs_ % 4 != 0) continue;
      for (const Difference& difference : compare(a.set, evaluate(worse, 300000).set, {}).differences)
        seen_[difference.metric].worse.push_back(difference);
    }
  }
  std::size_t pairs() const { return pairs_; }
  const std::map<std::string, Seen>& seen() const { return seen_; }
  double any_after_holm() const { return static_cast<double>(any_) / static_cast<double>(pairs_); }
  /// Whether the pairs drawn so far prove that no test rejects too often.
  bool is_sure() const {
    return std::all_of(seen_.begin(), seen_.end(), [&](const auto& metric) {
      return upper_limit(rejection_rate(metric.second.null), metric.second.null.size()) <= kMostRejected;
    });
  }

  static constexpr double kMostRejected = 0.07;
  static constexpr double kMostAny = 0.06;

 private:
  Evaluated evaluate(const Generator& generator, std::uint64_t images) const {
    return evaluated(testing::draw(design_, 10 + pairs_, images + pairs_, generator), std::to_string(images));
  }

  Design design_;
  std::map<std::string, Seen> seen_;
  std::size_t pairs_ = 0;
  std::size_t any_ = 0;
};

class Designs : public ::testing::TestWithParam<NamedDesign> {
 protected:
  static void print(const std::string& key, const Seen& seen) {
    const auto unmarked = seen.unmarked();
    const bool is_marked = seen.marked() > 0.5;
    const auto shown = [&](double figure) {
      std::ostringstream text;
      text << std::fixed << std::setprecision(3) << figure;
      return is_marked ? "marked" : text.str();
    };
    std::cout << "[  design  ] " << GetParam().name << " | " << key << " | " << seen.mean() << " | "
              << seen.marked() << " | " << shown(mean_error(unmarked) / seen.spread()) << " | "
              << shown(share_that_hold(unmarked, seen.mean())) << " | " << rejection_rate(seen.null) << " | "
              << rejection_rate(seen.worse) << " | " << promised(seen.worse) << "\n";
  }
};

TEST_P(Designs, have_errors_intervals_and_tests_that_hold) {
  const bool is_long = testing::times(0, 1) == 1;
  const std::size_t block = is_long ? 2000 : 60;
  Simulation simulation(GetParam().design);
  simulation.draw(block);
  while (is_long && !simulation.is_sure() && simulation.pairs() < 4 * block) simulation.draw(block);
  std::cout << std::fixed << std::setprecision(3) << "[  design  ] " << GetParam().name << ", "
            << simulation.pairs() << " pairs: metric | mean | marked | error/spread | holds | null | power | "
            << "promised\n";
  // How much chance may add to a share and to a standard deviation in this number of pairs.
  const double pairs = static_cast<double>(simulation.pairs());
  const double slack = is_long ? 0.0 : 3.0 * std::sqrt(0.05 * 0.95 / pairs);
  const double spread_slack = is_long ? 0.0 : 3.0 / std::sqrt(2.0 * pairs);
  for (const auto& [key, seen] : simulation.seen()) {
    print(key, seen);
    EXPECT_LE(is_long ? upper_limit(rejection_rate(seen.null), seen.null.size())
                      : rejection_rate(seen.null) - slack,
              Simulation::kMostRejected)
        << key;
    if (seen.marked() > 0.5) continue;
    const auto unmarked = seen.unmarked();
    EXPECT_NEAR(mean_error(unmarked) / seen.spread(), 1.0, 0.15 + spread_slack) << key;
    EXPECT_GE(share_that_hold(unmarked, seen.mean()), 0.91 - slack) << key;
    EXPECT_LE(share_that_hold(unmarked, seen.mean()), 0.98 + slack) << key;
    EXPECT_NEAR(rejection_rate(seen.worse), promised(seen.worse), is_long ? 0.06 : 0.35) << key;
  }
  std::cout << "[  design  ] " << GetParam().name << ", any after Holm: " << simulation.any_after_holm()
            << "\n";
  EXPECT_LE(is_long ? upper_limit(simulation.any_after_holm(), simulation.pairs())
                    : simulation.any_after_holm() - slack,
            Simulation::kMostAny);
}

TEST_P(Designs, do_not_depend_on_which_run_is_the_baseline) {
  const SampleSet a = evaluated(testing::draw(GetParam().design, 1, 2), "a").set;
  const SampleSet b = evaluated(testing::draw(GetParam().design, 1, 3), "b").set;
  const Comparison one = compare(a, b, {});
  const Comparison other = compare(b, a, {});
  for (std::size_t i = 0; i < one.differences.size(); ++i) {
    const Difference& difference = one.differences[i];
    EXPECT_DOUBLE_EQ(difference.difference, -other.differences[i].difference) << difference.metric;
    EXPECT_NEAR(difference.std_error, other.differences[i].std_error, 1e-12) << difference.metric;
    EXPECT_NEAR(difference.p.value(), other.differences[i].p.value(), 1e-9) << difference.metric;
    EXPECT_EQ(difference.not_judged, other.differences[i].not_judged) << difference.metric;
  }
}

INSTANTIATE_TEST_SUITE_P(Each, Designs, ::testing::ValuesIn(kDesigns),
                         [](const auto& named) { return std::string(named.param.name); });

/// Equally good generators with few images per split of the Inception score.
TEST(FewInASplit, are_seldom_told_apart_by_inception_scores) {
  const auto pairs = static_cast<std::size_t>(testing::times(150, 1000));
  const at::Tensor weights = torch::randn({16, 100}, at::make_generator<at::CPUGeneratorImpl>(99));
  for (const std::int64_t n : {30, 50, 100, 300}) {
    const auto run = [&](std::uint64_t seed) {
      const at::Tensor rows = torch::randn({n, 16}, at::make_generator<at::CPUGeneratorImpl>(seed));
      const auto samples = testing::images_with_logits(rows.matmul(weights) * 3.0);
      SampleSet set;
      set.signature = "precision:fp32";
      for (const std::string& name : samples.images) set.lines.push_back({name, name, {}, {}});
      set.metrics["IS"] = SampledMetric{testing::compute("IS", samples), true};
      return set;
    };
    std::size_t rejected = 0;
    std::size_t not_judged = 0;
    for (std::size_t i = 0; i < pairs; ++i) {
      const Difference difference = compare(run(2 * i), run(2 * i + 1), {}).differences[0];
      not_judged += difference.verdict == Verdict::kNotJudged ? 1U : 0U;
      rejected += rejection_rate({difference}) > 0.0 ? 1U : 0U;
    }
    std::cout << "[  few     ] IS of " << n / 10 << " images per split: rejected " << rejected << " of "
              << pairs << ", not judged " << not_judged << "\n";
    const double expected = 0.05 * static_cast<double>(pairs);
    EXPECT_EQ(not_judged, n < 50 ? pairs : 0U);
    EXPECT_LE(static_cast<double>(rejected), expected + 3.0 * std::sqrt(0.95 * expected));
  }
}

TEST(FixedPrompts, have_the_errors_of_other_images_for_the_same_prompts) {
  const auto draws = static_cast<std::size_t>(testing::times(100, 1000));
  metrics::Settings settings = testing::drawn_settings();
  settings.prompts = metrics::Prompts::kFixed;
  std::map<std::string, Seen> seen;
  for (std::size_t i = 0; i < draws; ++i) {
    const auto samples =
        testing::samples_of(testing::draw(Design{.prompts = 40, .images_each = 10}, 1, 100000 + i));
    for (const metrics::Metric* metric : metrics::registry()) {
      if (!testing::is_simulated(metric->key)) continue;
      seen[std::string(metric->key)].results.push_back(testing::compute_drawn(*metric, samples, settings));
    }
  }
  for (const auto& [key, metric] : seen) {
    const double ratio = mean_error(metric.results) / metric.spread();
    std::cout << "[  fixed   ] " << key << " " << metric.mean() << " error/spread " << ratio << ", marked "
              << metric.marked() << "\n";
    if (metric.marked() > 0.5) continue;
    EXPECT_NEAR(ratio, 1.0, 0.15 + 3.0 / std::sqrt(2.0 * static_cast<double>(draws))) << key;
  }
}

TEST(Comparison, of_the_same_captions_has_a_smaller_error_than_of_independent_runs) {
  const SampleSet first = evaluated(testing::draw(400, 1, 2), "a").set;
  SampleSet second = evaluated(testing::draw(400, 1, 3), "b").set;
  const Comparison paired = compare(first, second, {});
  for (SampleLine& line : second.lines) line.caption = "another " + *line.caption;
  const Comparison independent = compare(first, second, {});
  for (std::size_t i = 0; i < paired.differences.size(); ++i) {
    EXPECT_LT(paired.differences[i].std_error, 1.1 * independent.differences[i].std_error);
  }
  const auto error_of = [](const Comparison& comparison, const std::string& key) {
    for (const Difference& difference : comparison.differences) {
      if (difference.metric == key) return difference.std_error;
    }
    return 0.0;
  };
  EXPECT_LT(error_of(paired, "RefCLIP-S"), 0.9 * error_of(independent, "RefCLIP-S"));
}

}  // namespace
}  // namespace tise::report
