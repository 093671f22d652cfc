// What errors, intervals and tests are worth in the designs that people have: n prompts of k images, several
// captions an image, one caption of many images, no captions. Each design is drawn again and again, with
// other captions, for two equally good generators; docs/statistics.md quotes the lines that these print.

#include <gtest/gtest.h>

#include <boost/math/distributions/beta.hpp>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <map>

#include "metrics/drawn_world.h"
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

/// A run of a generator, as compare has it, with what its report says.
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
  for (const metrics::Metric& metric : metrics::registry()) {
    const std::string key(metric.key);
    auto result = metric.compute(samples, &testing::drawn_reference(), testing::drawn_settings());
    if (!result.value || !result.std_error) continue;
    run.set.metrics[key] = sampled_metric({key, metric.higher_is_better, result});
    run.results[key] = std::move(result);
  }
  return run;
}

/// What came of a metric's values, errors and tests.
struct Seen {
  std::vector<metrics::Result> results;
  std::vector<Difference> null;
  std::vector<Difference> other;

  double mean() const {
    double sum = 0.0;
    for (const auto& result : results) sum += *result.value;
    return sum / static_cast<double>(results.size());
  }
  double spread() const {
    double squares = 0.0;
    for (const auto& result : results) squares += std::pow(*result.value - mean(), 2.0);
    return std::sqrt(squares / static_cast<double>(results.size() - 1));
  }
  double error() const {
    double sum = 0.0;
    for (const auto& result : results) sum += *result.std_error;
    return sum / static_cast<double>(results.size());
  }
  double marked() const {
    return static_cast<double>(std::count_if(results.begin(), results.end(),
                                             [](const auto& result) { return !result.unreliable.empty(); })) /
           static_cast<double>(results.size());
  }
  double holds() const {
    const double truth = mean();
    return static_cast<double>(std::count_if(
               results.begin(), results.end(),
               [&](const auto& result) { return result.ci95[0] <= truth && truth <= result.ci95[1]; })) /
           static_cast<double>(results.size());
  }
};

bool rejects(const Difference& difference) {
  return difference.not_judged.empty() && difference.p.value_or(1.0) < 0.05;
}

double rate(const std::vector<Difference>& differences) {
  return static_cast<double>(std::count_if(differences.begin(), differences.end(), rejects)) /
         static_cast<double>(differences.size());
}

/// The share of rejections that a Gaussian difference with the mean error would have.
double promised(const std::vector<Difference>& differences) {
  double difference = 0.0;
  double error = 0.0;
  for (const Difference& seen : differences) {
    difference += seen.difference;
    error += seen.std_error * seen.widening;
  }
  const double lead = difference / error;
  const auto above = [](double x) { return std::erfc(x / std::sqrt(2.0)) / 2.0; };
  return above(1.96 - lead) + above(1.96 + lead);
}

/// The upper end of the 99% interval (Clopper, Pearson 1934), two-sided, of a share.
double upper_limit(double share, std::size_t count) {
  const double hits = share * static_cast<double>(count);
  if (hits >= static_cast<double>(count)) return 1.0;
  return boost::math::ibeta_inv(hits + 1.0, static_cast<double>(count) - hits, 0.995);
}

class Designs : public ::testing::TestWithParam<NamedDesign> {};

TEST_P(Designs, have_errors_intervals_and_tests_that_hold) {
  const auto pairs = static_cast<std::size_t>(testing::times(60, 2000));
  const Design& design = GetParam().design;
  const Generator usual{};
  const Generator worse{.noise = 0.95, .shift = 0.56, .finds = 0.76, .miscounts = 0.42};
  std::map<std::string, Seen> outcomes;
  std::size_t any = 0;
  for (std::size_t seed = 0; seed < pairs; ++seed) {
    const auto draw = [&](const Generator& generator, std::uint64_t images) {
      return evaluated(testing::draw(design, 10 + seed, images + seed, generator), std::to_string(images));
    };
    const Evaluated a = draw(usual, 100000);
    const Evaluated b = draw(usual, 200000);
    for (const auto& [key, result] : a.results) outcomes[key].results.push_back(result);
    const Comparison null = compare(a.set, b.set, {});
    bool found = false;
    for (const Difference& difference : null.differences) {
      outcomes[difference.metric].null.push_back(difference);
      found = found || difference.verdict == Verdict::kBetter || difference.verdict == Verdict::kWorse;
    }
    any += found ? 1U : 0U;
    if (seed % 4 != 0) continue;
    for (const Difference& difference : compare(a.set, draw(worse, 300000).set, {}).differences)
      outcomes[difference.metric].other.push_back(difference);
  }
  std::cout << "[  design  ] " << GetParam().name
            << ": metric, mean, error/spread, holds, marked, null, power, "
            << "promised, judged, widening\n"
            << std::fixed << std::setprecision(3);
  for (const auto& [key, outcome] : outcomes) {
    std::cout << "[  design  ] " << GetParam().name << " " << key << " " << outcome.mean() << " "
              << outcome.error() / outcome.spread() << " " << outcome.holds() << " " << outcome.marked()
              << " " << rate(outcome.null) << " " << rate(outcome.other) << " " << promised(outcome.other)
              << " "
              << std::count_if(outcome.null.begin(), outcome.null.end(),
                               [](const Difference& d) { return d.not_judged.empty(); })
              << " " << outcome.results[0].widening.value_or(0.0) << "\n";
  }
  std::cout << "[  design  ] " << GetParam().name << " any after Holm "
            << static_cast<double>(any) / static_cast<double>(pairs) << "\n";
}

INSTANTIATE_TEST_SUITE_P(Each, Designs, ::testing::ValuesIn(kDesigns),
                         [](const auto& named) { return std::string(named.param.name); });

}  // namespace
}  // namespace tise::report
