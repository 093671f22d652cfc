// Checks each metric's influences against three independent computations: finite differences of the metric as
// a functional of weighted samples, leaving one sample out, and the spread of the value over fresh samples.

#include "tise/metrics/influence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <iostream>
#include <map>

#include "metrics/drawn_world.h"
#include "metrics/weighted.h"
#include "tise/metrics/registry.h"

namespace tise::metrics {
namespace {

using testing::draw;
using testing::Drawn;
using testing::drawn_settings;

class EachMetric : public ::testing::TestWithParam<std::string> {
 protected:
  static Result compute(const Samples& samples, const Settings& settings) {
    Result result = testing::compute_drawn(*find_metric(GetParam()), samples, settings);
    EXPECT_TRUE(result.value) << result.reason;
    return result;
  }
  static Result compute(const Drawn& drawn, const Settings& settings) {
    return compute(testing::samples_of(drawn), settings);
  }
};

std::vector<std::string> all_metrics() {
  std::vector<std::string> keys;
  for (const Metric* metric : registry()) keys.emplace_back(metric->key);
  return keys;
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name;
  for (const char c : info.param)
    name += c == '*' ? std::string("_star") : c == '-' ? "_" : std::string(1, c);
  return name;
}

double root_mean_square(const Influence& influence) {
  double squares = 0.0;
  for (const auto& value : influence) squares += value.value_or(0.0) * value.value_or(0.0);
  return std::sqrt(squares / static_cast<double>(influence.size()));
}

TEST_P(EachMetric, has_influences_that_agree_with_finite_differences_of_the_weighted_functional) {
  const std::size_t n = 160;
  const Settings settings = drawn_settings(4);
  const Drawn drawn = draw(n, 1, 2);
  const Result result = compute(drawn, settings);
  const double scale = root_mean_square(result.influence);
  EXPECT_GT(scale, 0.0);
  EXPECT_NEAR(testing::weighted(GetParam(), drawn, std::vector<double>(n, 1.0), settings), *result.value,
              1e-6 * *result.value);
  constexpr double kStep = 1e-4;
  for (std::size_t i = 0; i < n; i += 7) {
    std::vector<double> weights(n, 1.0);
    weights[i] = 1.0 + kStep;
    const double above = testing::weighted(GetParam(), drawn, weights, settings);
    weights[i] = 1.0 - kStep;
    const double below = testing::weighted(GetParam(), drawn, weights, settings);
    const double slope = static_cast<double>(n) * (above - below) / (2.0 * kStep);
    const double influence = result.influence[i].value();
    EXPECT_NEAR(influence, slope, 1e-3 * std::abs(slope) + 1e-5 * scale) << "image " << i;
  }
}

TEST_P(EachMetric, has_influences_whose_mean_is_zero) {
  const Result result = compute(draw(160, 3, 4), drawn_settings(4));
  double sum = 0.0;
  for (const auto& value : result.influence) sum += value.value();
  EXPECT_LT(std::abs(sum), 1e-5 * 160 * root_mean_square(result.influence));
}

/// How much leaving one of n samples out changes a mean of influences, times n − 1. For RP, a U-statistic of
/// r = 100 samples, it is exact once a caption's effect as a distractor is multiplied by (n − 1)/(n − r).
Influence expected_of_leaving_out(const Result& result, bool ranks) {
  Influence expected = result.influence;
  const auto n = static_cast<double>(expected.size());
  for (std::size_t i = 0; ranks && i < expected.size(); ++i) {
    const double own = *result.pair_scores[i] - *result.value;
    *expected[i] = own + (*expected[i] - own) * (n - 1.0) / (n - 100.0);
  }
  return expected;
}

TEST_P(EachMetric, agrees_with_leaving_one_sample_out) {
  const std::size_t n = 150;
  const bool ranks = GetParam() == "RP";
  const Settings settings = drawn_settings(1);
  const Drawn drawn = draw(n, 5, 6);
  const Result whole = compute(drawn, settings);
  const Influence expected = expected_of_leaving_out(whole, ranks);
  Influence left_out(n);
  double products = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    left_out[i] =
        (*whole.value - *compute(testing::without(drawn, i), settings).value) * static_cast<double>(n - 1);
    products += *left_out[i] * *expected[i];
  }
  const double a = root_mean_square(left_out);
  const double b = root_mean_square(expected);
  EXPECT_GT(products / static_cast<double>(n) / (a * b), ranks ? 0.999999 : 0.995);
  EXPECT_NEAR(b / a, 1.0, ranks ? 1e-4 : 0.08);
}

/// How well standard errors agree with the spread of values over fresh samples.
struct Calibration {
  double ratio = 0.0;    ///< mean standard error over the values' standard deviation
  double covered = 0.0;  ///< share of intervals that contain the mean of the values
  std::size_t flagged = 0;
};

Calibration calibration_of(const std::vector<Result>& results) {
  const auto n = static_cast<double>(results.size());
  double mean = 0.0;
  double error = 0.0;
  Calibration calibration;
  for (const Result& result : results) {
    mean += *result.value / n;
    error += *result.std_error / n;
    calibration.flagged += result.unreliable.empty() ? 0U : 1U;
  }
  double squares = 0.0;
  for (const Result& result : results) {
    squares += (*result.value - mean) * (*result.value - mean);
    if (result.ci95[0] <= mean && mean <= result.ci95[1]) calibration.covered += 1.0 / n;
  }
  calibration.ratio = error / std::sqrt(squares / (n - 1.0));
  return calibration;
}

/// Prints a line for docs/dev/errors.md, which quotes these numbers.
void say(const std::string& what, const Calibration& calibration) {
  std::cout << "[  spread  ] " << what << ": error/spread " << calibration.ratio << ", intervals that cover "
            << calibration.covered << ", flagged " << calibration.flagged << "\n";
}

INSTANTIATE_TEST_SUITE_P(Influence, EachMetric, ::testing::ValuesIn(all_metrics()), test_name);

constexpr std::uint64_t kDraws = 500;

TEST(Influence, of_every_metric_gives_the_error_that_fresh_samples_show) {
  std::map<std::string, std::vector<Result>> results;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    const Samples samples = testing::samples_of(draw(400, 1000 + i, 5000 + i));
    for (const Metric* metric : registry()) {
      results[std::string(metric->key)].push_back(
          testing::compute_drawn(*metric, samples, drawn_settings(10)));
    }
  }
  for (const auto& [key, values] : results) {
    const Calibration calibration = calibration_of(values);
    say(key + ", 400 images", calibration);
    EXPECT_NEAR(calibration.ratio, 1.0, 0.1) << key;
    EXPECT_NEAR(calibration.covered, 0.95, 0.03) << key;
    EXPECT_LE(calibration.flagged, kDraws / 20) << key;
  }
}

}  // namespace
}  // namespace tise::metrics
