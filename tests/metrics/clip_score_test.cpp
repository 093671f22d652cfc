#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "metrics/samples_of.h"

namespace tise::metrics {
namespace {

using testing::compute;
using testing::golden;
using testing::golden_rows;
using testing::images_with_captions;
using testing::pair_texts;

Samples golden_samples(testing::Dealing dealing = {}) {
  const auto expected = golden("clip_scores");
  const std::size_t n = expected.at("n");
  const std::int64_t width = expected.at("width");
  const auto count = static_cast<std::int64_t>(n);
  const at::Tensor texts = torch::cat({golden_rows(4, count, width), golden_rows(5, count, width)});
  Samples samples = images_with_captions(golden_rows(3, count, width), texts, dealing);
  for (std::size_t i = 0; i < n; ++i) pair_texts(samples)[i].references = {n + i, n + (i + 1) % n};
  return samples;
}

TEST(ClipScore, is_the_weighted_mean_of_cosines_clamped_at_zero) {
  const at::Tensor images = torch::tensor({{2.0F, 0.0F}, {0.0F, 1.0F}, {1.0F, 0.0F}});
  const at::Tensor texts = torch::tensor({{3.0F, 4.0F}, {0.0F, 5.0F}, {-1.0F, 0.0F}});
  const Result result = compute("CLIP-S", images_with_captions(images, texts));
  EXPECT_DOUBLE_EQ(result.value.value(), 2.5 * (0.6 + 1.0 + 0.0) / 3.0);
  EXPECT_THAT(result.pair_scores, ::testing::ElementsAre(2.5 * 0.6, 2.5, 0.0));
}

TEST(ClipScore, agrees_with_clipscores_formula) {
  EXPECT_NEAR(compute("CLIP-S", golden_samples()).value.value(), golden("clip_scores").at("clip_s"), 1e-12);
}

TEST(ClipScore, does_not_depend_on_order_or_chunks) {
  const double whole = compute("CLIP-S", golden_samples()).value.value();
  EXPECT_EQ(compute("CLIP-S", golden_samples({.chunk = 7, .shuffle = 3})).value.value(), whole);
}

TEST(ClipScore, of_an_embedding_of_zeros_is_zero) {
  const Samples samples = images_with_captions(torch::zeros({1, 4}), torch::ones({1, 4}));
  EXPECT_EQ(compute("CLIP-S", samples).value.value(), 0.0);
}

TEST(ClipScore, reports_which_embedding_is_not_finite) {
  const Samples samples =
      images_with_captions(torch::full({1, 4}, std::numeric_limits<float>::infinity()), torch::ones({1, 4}));
  const Result result = compute("CLIP-S", samples);
  EXPECT_FALSE(result.value);
  EXPECT_EQ(result.reason, "\"image 100000\": an embedding is not finite");
}

TEST(ClipScore, without_pairs_is_undefined) {
  EXPECT_EQ(compute("CLIP-S", images_with_captions(torch::zeros({0, 4}), torch::zeros({0, 4}))).reason,
            "no pairs");
}

TEST(ClipScore, leaves_out_pairs_meant_for_other_metrics) {
  const at::Tensor images = torch::tensor({{1.0F, 0.0F}, {1.0F, 0.0F}});
  Samples samples = images_with_captions(images, torch::tensor({{1.0F, 0.0F}, {0.0F, 1.0F}}));
  samples.pairs[1].metrics = {"RP"};
  const Result result = compute("CLIP-S", samples);
  EXPECT_EQ(result.value.value(), 2.5);
  EXPECT_EQ(result.n, 1U);
  EXPECT_EQ(result.pair_scores[1], std::nullopt);
}

TEST(ClipScore, scores_both_captions_of_a_shared_image) {
  Samples samples =
      images_with_captions(torch::tensor({{1.0F, 0.0F}}), torch::tensor({{1.0F, 0.0F}, {0.0F, 1.0F}}));
  testing::add_pair(samples, "other", 0, 1);
  EXPECT_EQ(compute("CLIP-S", samples).value.value(), 1.25);
}

TEST(RefClipScore, is_the_harmonic_mean_with_the_nearest_reference) {
  const at::Tensor texts = torch::tensor({{3.0F, 4.0F}, {0.0F, 1.0F}, {1.0F, 0.0F}});
  Samples samples = images_with_captions(torch::tensor({{1.0F, 0.0F}}), texts);
  pair_texts(samples)[0].references = {1, 2};  // cosines 0.8 and 0.6 with the caption
  EXPECT_DOUBLE_EQ(compute("RefCLIP-S", samples).value.value(), 2 * 1.5 * 0.8 / (1.5 + 0.8));
}

TEST(RefClipScore, agrees_with_clipscores_formula) {
  EXPECT_NEAR(compute("RefCLIP-S", golden_samples()).value.value(), golden("clip_scores").at("ref_clip_s"),
              1e-12);
  const double whole = compute("RefCLIP-S", golden_samples()).value.value();
  EXPECT_EQ(compute("RefCLIP-S", golden_samples({.chunk = 4, .shuffle = 9})).value.value(), whole);
}

TEST(RefClipScore, is_zero_if_both_sides_are) {
  Samples samples =
      images_with_captions(torch::tensor({{1.0F, 0.0F}}), torch::tensor({{-1.0F, 0.0F}, {1.0F, 0.0F}}));
  pair_texts(samples)[0].references = {1};
  EXPECT_EQ(compute("RefCLIP-S", samples).value.value(), 0.0);
}

TEST(RefClipScore, counts_only_items_with_references) {
  Samples samples = golden_samples();
  for (std::size_t i = 1; i < samples.pairs.size(); ++i) pair_texts(samples)[i].references.clear();
  EXPECT_EQ(compute("RefCLIP-S", samples).n, 1U);
  pair_texts(samples)[0].references.clear();
  EXPECT_EQ(compute("RefCLIP-S", samples).reason, "no item has references");
  samples.pairs.clear();
  EXPECT_EQ(compute("RefCLIP-S", samples).reason, "no pairs");
}

}  // namespace
}  // namespace tise::metrics
