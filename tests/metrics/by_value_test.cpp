#include "tise/metrics/by_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/drawn_world.h"

namespace tise::metrics {
namespace {

using testing::compute_drawn;
using testing::draw;
using testing::drawn_settings;

/// The metrics that give each pair a score.
std::vector<const Metric*> metrics_of_pairs(const Samples& samples) {
  std::vector<const Metric*> found;
  for (const Metric* metric : registry()) {
    if (has_scores_of_pairs(compute_drawn(*metric, samples, drawn_settings()))) found.push_back(metric);
  }
  return found;
}

std::vector<std::size_t> every(std::size_t step, std::size_t n) {
  std::vector<std::size_t> pairs;
  for (std::size_t i = 0; i < n; i += step) pairs.push_back(i);
  return pairs;
}

Samples with_pairs(const Samples& samples, const std::vector<std::size_t>& pairs) {
  Samples some = without_pairs(samples);
  take_pairs(some, samples, pairs);
  return some;
}

Result over(const Metric& metric, const Result& whole, const Samples& samples,
            const std::vector<std::size_t>& pairs) {
  return over_pairs(metric, whole, pairs, with_pairs(samples, pairs), Prompts::kSampled);
}

TEST(ByValue, over_all_pairs_equals_the_metric) {
  const Samples samples = testing::samples_of(draw({.prompts = 150, .images_each = 2}, 1, 2));
  const std::vector<const Metric*> metrics = metrics_of_pairs(samples);
  EXPECT_EQ(metrics.size(), 7U);
  for (const Metric* metric : metrics) {
    const Result whole = compute_drawn(*metric, samples, drawn_settings());
    const Result all = over(*metric, whole, samples, every(1, samples.pairs.size()));
    EXPECT_NEAR(*all.value, *whole.value, 1e-12) << metric->key;
    EXPECT_EQ(all.n, whole.n) << metric->key;
    EXPECT_EQ(all.clusters, whole.clusters) << metric->key;
    if (metric->key == "RP") continue;  // its own error also accounts for captions as distractors
    EXPECT_NEAR(*all.std_error, *whole.std_error, 1e-12) << metric->key;
    EXPECT_NEAR(all.ci95[0], whole.ci95[0], 1e-12) << metric->key;
  }
}

TEST(ByValue, over_some_pairs_equals_the_metric_of_those_alone) {
  const Samples samples = testing::samples_of(draw({.prompts = 150, .images_each = 2}, 3, 4));
  const std::vector<std::size_t> some = every(3, samples.pairs.size());
  Samples alone = samples;
  for (SamplePair& pair : alone.pairs) pair.metrics.emplace();
  for (const std::size_t pair : some) alone.pairs[pair].metrics.reset();
  for (const Metric* metric : metrics_of_pairs(samples)) {
    if (metric->key == "RP") continue;  // still ranks among all captions
    const Result whole = compute_drawn(*metric, samples, drawn_settings());
    const Result part = over(*metric, whole, samples, some);
    const Result wanted = compute_drawn(*metric, alone, drawn_settings());
    EXPECT_NEAR(*part.value, *wanted.value, 1e-12) << metric->key;
    EXPECT_NEAR(*part.std_error, *wanted.std_error, 1e-12) << metric->key;
    EXPECT_NEAR(part.ci95[1], wanted.ci95[1], 1e-12) << metric->key;
    EXPECT_EQ(part.n, wanted.n) << metric->key;
    EXPECT_EQ(part.unreliable, wanted.unreliable) << metric->key;
  }
}

TEST(ByValue, of_rp_is_the_mean_of_chances_among_all_captions) {
  const Samples samples = testing::samples_of(draw(200, 5, 6));
  const Metric& metric = *find_metric("RP");
  const Result whole = compute_drawn(metric, samples, drawn_settings());
  const std::vector<std::size_t> some = every(4, 200);
  double sum = 0;
  for (const std::size_t pair : some) sum += *whole.pair_scores[pair];
  EXPECT_NEAR(*over(metric, whole, samples, some).value, sum / 50.0, 1e-12);
}

TEST(ByValue, without_pairs_that_the_metric_uses_is_undefined) {
  Samples samples = testing::samples_of(draw(20, 7, 8));
  for (std::size_t pair : every(2, 20)) samples.pairs[pair].metrics.emplace();
  const Metric& metric = *find_metric("CLIP-S");
  const Result whole = compute_drawn(metric, samples, drawn_settings());
  const Result none = over(metric, whole, samples, every(2, 20));
  EXPECT_FALSE(none.value.has_value());
  EXPECT_EQ(none.reason, "the metric uses none of these captions");
}

TEST(ByValue, a_metric_of_a_whole_set_is_computed_from_the_images_of_the_pairs) {
  const Samples samples = testing::samples_of(draw(120, 9, 10));
  const std::vector<std::size_t> some = every(2, 120);
  Samples alone = samples;
  for (SamplePair& pair : alone.pairs) pair.metrics.emplace();
  for (const std::size_t pair : some) alone.pairs[pair].metrics.reset();
  for (const char* key : {"FID", "IS", "O-IS", "O-FID"}) {
    const Metric& metric = *find_metric(key);
    const Result part = compute_drawn(metric, with_pairs(samples, some), drawn_settings());
    const Result wanted = compute_drawn(metric, alone, drawn_settings());
    EXPECT_EQ(*part.value, *wanted.value) << key;
    EXPECT_EQ(part.n, wanted.n) << key;
    EXPECT_NEAR(*part.std_error, *wanted.std_error, 1e-12 * *wanted.std_error) << key;
  }
}

}  // namespace
}  // namespace tise::metrics
