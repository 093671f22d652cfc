// Intervals of shares, and the strata of a mean over strata.

#include <gtest/gtest.h>

#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "metrics/samples_of.h"
#include "tise/metrics/significance.h"

namespace tise::metrics {
namespace {

/// n images, of which the first `successes` are closer to their captions than to the opposites.
Samples images_that_prefer(std::int64_t n, std::int64_t successes, std::int64_t each_word = 1000) {
  const at::Tensor texts = torch::tensor({{1.0F, 0.0F}, {0.0F, 1.0F}});
  const at::Tensor images = texts.slice(0, 1).repeat({n, 1});
  images.slice(0, 0, successes).copy_(texts.slice(0, 0, 1).expand({successes, 2}));
  Samples samples = testing::images_with_captions(images, texts);
  for (std::size_t i = 0; i < samples.pairs.size(); ++i) {
    testing::pair_texts(samples)[i].bare = 0;
    testing::pair_texts(samples)[i].opposite = 1;
    samples.pairs[i].position = "word " + std::to_string(i / static_cast<std::size_t>(each_word));
  }
  return samples;
}

Result pa_of(const Samples& samples) { return testing::compute("PA", samples); }

TEST(ShareInterval, is_wilsons_with_students_t) {
  // 81 of 263 with the normal quantile: 0.2553 to 0.3662 (Newcombe, Statistics in Medicine 17, 1998, table
  // I). With so many degrees of freedom Student's t has the same quantile.
  const auto interval = share_interval_95(81.0 / 263.0, 263.0, 1e9);
  EXPECT_NEAR(interval[0], 0.2553, 5e-5);
  EXPECT_NEAR(interval[1], 0.3662, 5e-5);
}

TEST(ShareInterval, of_successes_alone_has_a_width) {
  const Result result = pa_of(images_that_prefer(20, 20));
  EXPECT_EQ(*result.value, 1.0);
  EXPECT_EQ(result.ci95[1], 1.0);
  // 1 − t²/(n + t²) of Student's t with 19 degrees of freedom, 2.093.
  EXPECT_NEAR(result.ci95[0], 20.0 / (20.0 + 2.093 * 2.093), 1e-4);
}

TEST(ShareInterval, of_images_that_vary_together_has_as_many_samples_as_the_error_implies) {
  Samples samples = images_that_prefer(100, 80);
  for (std::size_t i = 0; i < samples.pairs.size(); ++i) samples.pairs[i].caption = i / 5;
  const Result result = pa_of(samples);
  const double effective = 0.8 * 0.2 / (*result.std_error * *result.std_error);
  EXPECT_NEAR(effective, 19.0, 1e-9);  // of 20 clusters, by G/(G−1)
  EXPECT_EQ(result.ci95, share_interval_95(0.8, effective, 19.0));
}

TEST(ShareInterval, is_given_for_each_word) {
  const Result result = pa_of(images_that_prefer(40, 30, 20));
  const auto& words = result.details["words"];
  EXPECT_EQ(words["word 0"]["ci95"][1], 1.0);
  EXPECT_EQ((words["word 1"]["ci95"].get<std::array<double, 2>>()), share_interval_95(0.5, 19.0, 19.0));
}

TEST(Strata, of_few_clusters_each_are_marked_and_have_no_widening) {
  const Result thick = pa_of(images_that_prefer(40, 30, 20));
  EXPECT_EQ(thick.unreliable, "");
  EXPECT_TRUE(thick.widening);
  Samples samples = images_that_prefer(40, 30, 20);
  for (std::size_t i = 0; i < samples.pairs.size(); ++i) samples.pairs[i].caption = i / 10;
  const Result thin = pa_of(samples);
  EXPECT_EQ(thin.unreliable, "the typical word has fewer than 5 samples");
  EXPECT_FALSE(thin.widening);
  EXPECT_FALSE(thin.detectable);
}

TEST(Detectable, is_the_difference_from_an_independent_run_that_is_found_with_80_percent_power) {
  const Result result = pa_of(images_that_prefer(40, 30));
  // Student's t with 78 degrees of freedom, from a table: 1.991 for 0.975, 0.846 for 0.8.
  EXPECT_NEAR(result.detectable.value(), std::sqrt(2.0) * (1.991 + 0.846) * *result.std_error, 1e-4);
}

}  // namespace
}  // namespace tise::metrics
