// What the tests of `compare` are worth: how often they reject where there is no difference, and where there
// is.

#include <gtest/gtest.h>

#include <cmath>
#include <iostream>

#include "metrics/drawn_world.h"
#include "tise/metrics/registry.h"
#include "tise/report/compare.h"

namespace tise::report {
namespace {

using metrics::Metric;

SampleSet run_of(const testing::Drawn& drawn, const metrics::Samples& samples) {
  SampleSet set;
  set.signature = "precision:fp32";
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    set.lines.push_back({samples.pairs[i].id, samples.pairs[i].id, "caption " + std::to_string(i), {}});
  }
  for (const Metric& metric : metrics::registry()) {
    const std::string key(metric.key);
    set.metrics[key] =
        sampled_metric({key, metric.higher_is_better,
                        metric.compute(samples, &testing::drawn_reference(), testing::drawn_settings())});
  }
  return set;
}

/// Two runs on the same captions.
Comparison simulated(std::uint64_t seed, const testing::Generator& a, const testing::Generator& b) {
  const auto run = [&](const testing::Generator& generator, std::uint64_t images) {
    const testing::Drawn drawn = testing::draw(400, 10 + seed, images, generator);
    return run_of(drawn, testing::samples_of(drawn));
  };
  return compare(run(a, 100000 + seed), run(b, 200000 + seed), {});
}

/// What came of many comparisons of a metric.
struct Outcomes {
  double rejected = 0;  ///< share with p below 0.05
  double difference = 0;
  double error = 0;
  double count = 0;

  void add(const Difference& seen) {
    rejected += seen.p.value_or(1.0) < 0.05 ? 1.0 : 0.0;
    difference += seen.difference;
    error += seen.std_error;
    ++count;
  }
  double rate() const { return rejected / count; }
  /// The share of rejections that a Gaussian difference with this error would have.
  double promised() const {
    const double lead = difference / error;
    const auto above = [](double x) { return std::erfc(x / std::sqrt(2.0)) / 2.0; };
    return above(1.96 - lead) + above(1.96 + lead);
  }
};

constexpr std::uint64_t kRuns = 300;

TEST(CompareSimulation, of_the_same_generator_with_other_seeds_rejects_at_most_at_the_nominal_rate) {
  std::map<std::string, Outcomes> outcomes;
  double any = 0.0;
  for (std::uint64_t seed = 0; seed < kRuns; ++seed) {
    const Comparison comparison = simulated(seed, {}, {});
    bool found = false;
    for (const Difference& difference : comparison.differences) {
      outcomes[difference.metric].add(difference);
      found = found || difference.verdict != Verdict::kNoDifference;
    }
    any += found ? 1.0 / kRuns : 0.0;
  }
  // Of 300 at a rate of 0.05, more than 0.084 is less likely than one in a hundred.
  for (const auto& [key, outcome] : outcomes) {
    std::cout << "[   null   ] " << key << ": p < 0.05 in " << outcome.rate() << "\n";
    EXPECT_LE(outcome.rate(), 0.084) << key;
  }
  std::cout << "[   null   ] any after Holm: " << any << "\n";
  EXPECT_LE(any, 0.084);
}

TEST(CompareSimulation, has_the_power_that_the_errors_promise) {
  std::map<std::string, Outcomes> outcomes;
  const testing::Generator worse{.noise = 0.95, .shift = 0.56, .finds = 0.76, .miscounts = 0.42};
  for (std::uint64_t seed = 0; seed < kRuns; ++seed) {
    for (const Difference& difference : simulated(seed, {}, worse).differences) {
      outcomes[difference.metric].add(difference);
    }
  }
  double tried = 0.0;
  for (const auto& [key, outcome] : outcomes) {
    std::cout << "[   power  ] " << key << ": " << outcome.rate() << ", promised " << outcome.promised()
              << "\n";
    EXPECT_NEAR(outcome.rate(), outcome.promised(), 0.1) << key;
    tried += outcome.promised() > 0.2 && outcome.promised() < 0.99 ? 1.0 : 0.0;
  }
  EXPECT_GE(tried, 5.0);  // the world is such that this is no foregone conclusion
}

TEST(CompareSimulation, of_the_same_captions_has_a_smaller_error_than_of_independent_runs) {
  const testing::Drawn a = testing::draw(400, 1, 2);
  const testing::Drawn b = testing::draw(400, 1, 3);
  SampleSet first = run_of(a, testing::samples_of(a));
  SampleSet second = run_of(b, testing::samples_of(b));
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
