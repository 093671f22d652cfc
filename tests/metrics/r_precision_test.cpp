#include "tise/metrics/r_precision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "metrics/samples_of.h"

namespace tise::metrics {
namespace {

using testing::golden;
using testing::golden_rows;
using testing::images_with_captions;

/// make_golden.py's: images lean towards their captions, every third caption is a copy of the one before.
Samples golden_samples(std::int64_t n, std::int64_t width, testing::Dealing dealing = {}) {
  const at::Tensor captions = golden_rows(6, n, width);
  std::vector<std::int64_t> texts(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < texts.size(); ++i) texts[i] = static_cast<std::int64_t>(i % 3 == 2 ? i - 1 : i);
  const at::Tensor images = captions.index_select(0, torch::tensor(texts)) * 0.25 + golden_rows(7, n, width);
  Samples samples = images_with_captions(images, captions, dealing);
  for (std::size_t i = 2; i < texts.size(); i += 3) {
    samples.pairs[i].bare = samples.pairs[i - 1].bare;
    samples.pairs[i].caption = samples.pairs[i - 1].caption;
  }
  return samples;
}

Settings sampled(std::uint32_t seed = 2020) {
  Settings settings;
  settings.rp = RpEstimator::kSampled;
  settings.seed = seed;
  return settings;
}

TEST(RPrecision, of_two_captions_asks_only_which_is_closer) {
  const at::Tensor images = torch::tensor({{1.0F, 0.1F}, {1.0F, 0.1F}});
  const Result result = r_precision(images_with_captions(images, torch::eye(2)), nullptr, {});
  EXPECT_EQ(result.value.value(), 0.5);
  EXPECT_THAT(result.pair_scores, ::testing::ElementsAre(1.0, 0.0));
  EXPECT_EQ(result.details.at("distractors"), 1);
  EXPECT_EQ(result.warnings.size(), 1U);
}

TEST(RPrecision, is_the_chance_that_no_better_caption_is_drawn) {
  EXPECT_DOUBLE_EQ(chance_of_none(200, 1, 99), 1.0 - 99.0 / 200.0);
  EXPECT_DOUBLE_EQ(chance_of_none(4, 2, 2), 1.0 / 6.0);
  EXPECT_EQ(chance_of_none(200, 102, 99), 0.0);
  EXPECT_GT(chance_of_none(200, 101, 99), 0.0);
  EXPECT_EQ(chance_of_none(200, 0, 99), 1.0);
  EXPECT_EQ(chance_of_none(3, 3, 3), 0.0);
}

TEST(RPrecision, agrees_with_scipys_hypergeometric_distribution) {
  for (const auto& expected : golden("r_precision")) {
    const Result result = r_precision(golden_samples(expected.at("n"), expected.at("width")), nullptr, {});
    EXPECT_NEAR(result.value.value(), expected.at("exact"), 1e-12);
  }
}

TEST(RPrecision, does_not_depend_on_order_or_chunks) {
  for (const Settings& settings : {Settings{}, sampled()}) {
    const Result whole = r_precision(golden_samples(600, 16), nullptr, settings);
    const Result pieces =
        r_precision(golden_samples(600, 16, {.chunk = 13, .shuffle = 8}), nullptr, settings);
    EXPECT_EQ(pieces.pair_scores, whole.pair_scores);
    EXPECT_EQ(pieces.value, whole.value);
  }
}

TEST(RPrecision, counts_a_difference_within_a_millionth_for_the_truth) {
  const auto with_lead = [](double lead) {
    const auto other = static_cast<float>(0.5 + lead);
    const at::Tensor texts = torch::tensor({{0.5F, std::sqrt(0.75F)}, {other, std::sqrt(1 - other * other)}});
    const at::Tensor images = torch::tensor({{1.0F, 0.0F}, {0.0F, 1.0F}});
    return *r_precision(images_with_captions(images, texts), nullptr, {}).pair_scores[0];
  };
  EXPECT_EQ(with_lead(8e-7), 1.0);
  EXPECT_EQ(with_lead(1.3e-6), 0.0);
}

TEST(RPrecision, holds_an_item_only_against_other_texts) {
  // Items 0 and 1 share their caption; item 2's stands alone and beats it for image 0.
  Samples samples =
      images_with_captions(torch::tensor({{0.0F, 1.0F}, {1.0F, 0.0F}, {0.0F, 1.0F}}), torch::eye(2));
  samples.pairs[1].bare = 0;
  samples.pairs[1].caption = samples.pairs[0].caption;
  samples.pairs[2].bare = 1;
  EXPECT_THAT(r_precision(samples, nullptr, {}).pair_scores, ::testing::ElementsAre(0.0, 1.0, 1.0));
}

TEST(RPrecision, counts_a_foreign_caption_once_for_each_item_that_has_it) {
  // 100 items: two that share a caption which beats item 0's, 97 that do not. D = 99: all are drawn. With 101
  // items D = 100 and both must be missed: impossible for 99 of 100.
  const auto score = [](std::size_t n, std::size_t copies) {
    const auto count = static_cast<std::int64_t>(n);
    Samples samples = images_with_captions(torch::tensor({{1.0F, 0.0F}}).repeat({count, 1}),
                                           torch::tensor({{1.0F, 1.0F}, {1.0F, 0.0F}, {0.0F, 1.0F}}));
    for (std::size_t i = 1; i < n; ++i) {
      samples.pairs[i].bare = samples.pairs[i].prompted = i <= copies ? 1 : 2;
      if (i <= copies) samples.pairs[i].caption = 1;
    }
    samples.pairs[0].prompted = 0;
    return *r_precision(samples, nullptr, {}).pair_scores[0];
  };
  EXPECT_EQ(score(101, 2), 0.0);
  EXPECT_NEAR(score(101, 1), 0.01, 1e-15);
}

TEST(RPrecision, sampled_uses_the_listed_distractors) {
  const at::Tensor texts = torch::cat({torch::eye(20), torch::eye(20) * 2 + 0.01});
  Samples samples = images_with_captions(torch::eye(20), texts);
  for (SamplePair& pair : samples.pairs) pair.distractors = {(pair.image + 1) % 20};
  EXPECT_EQ(r_precision(samples, nullptr, sampled()).value.value(), 1.0);
  texts.slice(0, 0, 20).add_(0.1);  // now the listed text 20 + i is closer to image i
  samples.pairs[7].distractors = {27};
  const Result result = r_precision(samples, nullptr, sampled());
  EXPECT_EQ(result.pair_scores[7], 0.0);
  EXPECT_DOUBLE_EQ(result.value.value(), 0.95);
  EXPECT_NEAR(result.details.at("std"), 0.15, 1e-12);  // nine bins at 1, one at 1/2
}

TEST(RPrecision, sampled_estimates_exact) {
  const Samples samples = golden_samples(3000, 64);
  const double exact = r_precision(samples, nullptr, {}).value.value();
  double mean = 0.0;
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    mean += r_precision(samples, nullptr, sampled(seed)).value.value() / 20;
  }
  // 60,000 trials: a standard deviation of at most 0.002.
  EXPECT_GT(exact, 0.05);
  EXPECT_LT(exact, 0.95);
  EXPECT_NEAR(mean, exact, 0.008);
}

TEST(RPrecision, sampled_hangs_on_the_seed_alone) {
  const Samples samples = golden_samples(300, 16);
  EXPECT_EQ(r_precision(samples, nullptr, sampled(1)).pair_scores,
            r_precision(samples, nullptr, sampled(1)).pair_scores);
  EXPECT_NE(r_precision(samples, nullptr, sampled(1)).pair_scores,
            r_precision(samples, nullptr, sampled(2)).pair_scores);
}

TEST(RPrecision, of_images_that_say_nothing_is_a_tie_for_the_truth) {
  EXPECT_EQ(
      r_precision(images_with_captions(torch::zeros({200, 4}), golden_rows(1, 200, 4)), nullptr, {}).value,
      1.0);
  EXPECT_EQ(
      r_precision(images_with_captions(golden_rows(1, 200, 4), torch::ones({200, 4})), nullptr, {}).value,
      1.0);
}

TEST(RPrecision, says_what_is_missing) {
  EXPECT_EQ(r_precision({}, nullptr, {}).reason, "no pairs");
  EXPECT_EQ(r_precision(images_with_captions(torch::eye(1), torch::eye(1)), nullptr, {}).reason,
            "1 caption: ranking needs 2");
  Samples same = images_with_captions(torch::eye(2), torch::eye(2));
  for (SamplePair& pair : same.pairs) pair.caption = 0;
  EXPECT_EQ(r_precision(same, nullptr, {}).reason, "all captions are the same");
  EXPECT_EQ(r_precision(images_with_captions(torch::eye(5), torch::eye(5)), nullptr, sampled()).reason,
            "5 captions: 10 bins need at least 10");
  EXPECT_EQ(r_precision(images_with_captions(torch::full({2, 2}, NAN), torch::eye(2)), nullptr, {}).reason,
            "\"image 100000\": an embedding is not finite");
}

}  // namespace
}  // namespace tise::metrics
