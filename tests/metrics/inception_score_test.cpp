#include <gtest/gtest.h>

#include <cmath>

#include "metrics/samples_of.h"
#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

using testing::compute;
using testing::golden;
using testing::golden_rows;
using testing::images_with_logits;

TEST(NumpyPermutation, is_numpys_number_for_number) {
  for (const auto& expected : golden("permutations")) {
    const auto order = numpy_permutation(expected.at("seed"), expected.at("n"));
    const std::vector<std::size_t> first = expected.at("first");
    std::uint64_t checksum = 0;
    for (std::size_t i = 0; i < order.size(); ++i) checksum += i * order[i];
    EXPECT_TRUE(std::equal(first.begin(), first.end(), order.begin()));
    EXPECT_EQ(checksum % (1ULL << 32U), expected.at("checksum").get<std::uint64_t>());
  }
}

TEST(InceptionScore, agrees_with_torch_fidelity) {
  for (const auto& expected : golden("inception_scores")) {
    Settings settings;
    settings.temperature = expected.at("temperature");
    settings.splits = expected.at("splits");
    const Samples samples =
        images_with_logits(golden_rows(expected.at("seed"), expected.at("n"), expected.at("classes")));
    const Result result = compute("IS*", samples, settings);
    EXPECT_NEAR(result.value.value(), expected.at("mean"), 1e-12);
    EXPECT_NEAR(result.details.at("std"), expected.at("std"), 1e-12);
    if (*settings.temperature == 1.0) {
      EXPECT_EQ(compute("IS", samples, settings).value, result.value);
    }
  }
}

TEST(InceptionScore, of_sure_and_varied_images_is_the_number_of_classes) {
  Settings settings;
  settings.splits = 1;
  const Result result = compute("IS", images_with_logits(torch::eye(4) * 1000), settings);
  EXPECT_DOUBLE_EQ(result.value.value(), 4.0);
  EXPECT_EQ(result.details.at("std"), 0.0);
  EXPECT_EQ(result.details.at("whole_set"), result.value.value());
}

TEST(InceptionScore, of_two_soft_images_agrees_with_a_calculation_by_hand) {
  // p = (3/4, 1/4) and (1/4, 3/4); p(y) = (1/2, 1/2): KL = 3/4 log 3/2 + 1/4 log 1/2 for both.
  const float logit = std::log(3.0F);
  Settings settings;
  settings.splits = 1;
  const Samples samples = images_with_logits(torch::tensor({{logit, 0.0F}, {0.0F, logit}}));
  EXPECT_NEAR(compute("IS", samples, settings).value.value(),
              std::exp(0.75 * std::log(1.5) + 0.25 * std::log(0.5)), 1e-7);
}

TEST(InceptionScore, of_the_tise_protocol_does_not_permute_the_images) {
  // Two kinds of images, each kind in a split of its own: nothing varies within a split.
  const at::Tensor logits = torch::cat(
      {torch::tensor({{9.0F, 0.0F}}).repeat({5, 1}), torch::tensor({{0.0F, 9.0F}}).repeat({5, 1})});
  Settings settings = testing::tise_protocol();
  settings.splits = 2;
  const Result result = compute("IS", images_with_logits(logits), settings);
  EXPECT_EQ(result.value, 1.0);
  EXPECT_FALSE(result.details.contains("seed"));
  settings.protocol = Protocol::kPaper;
  EXPECT_GT(compute("IS", images_with_logits(logits), settings).value.value(), 1.2);
}

TEST(InceptionScore, of_equal_images_is_exactly_one) {
  const at::Tensor logits = golden_rows(5, 1, 1008).repeat({5000, 1});
  const Result result = compute("IS", images_with_logits(logits, {.chunk = 333}));
  EXPECT_EQ(result.value.value(), 1.0);
  EXPECT_EQ(result.details.at("whole_set"), 1.0);
  EXPECT_EQ(result.details.at("std"), 0.0);
}

TEST(InceptionScore, does_not_depend_on_order_or_chunks) {
  const at::Tensor logits = golden_rows(11, 500, 20);
  const Result whole = compute("IS", images_with_logits(logits));
  const Result pieces = compute("IS", images_with_logits(logits, {.chunk = 17, .shuffle = 5}));
  EXPECT_NEAR(pieces.value.value(), whole.value.value(), 1e-12);
  EXPECT_NEAR(pieces.details.at("std"), whole.details.at("std"), 1e-12);
  EXPECT_NEAR(pieces.details.at("whole_set"), whole.details.at("whole_set"), 1e-12);
}

TEST(InceptionScore, of_fewer_images_than_splits_is_undefined) {
  EXPECT_EQ(compute("IS", images_with_logits(torch::zeros({0, 3}))).reason, "no images");
  EXPECT_EQ(compute("IS", images_with_logits(torch::zeros({1, 3}))).reason,
            "1 image: 10 splits need at least 10");
  EXPECT_EQ(compute("IS", images_with_logits(torch::zeros({5, 3}))).reason,
            "5 images: 10 splits need at least 10");
}

TEST(InceptionScore, of_a_logit_that_is_not_a_number_is_undefined) {
  const at::Tensor logits = golden_rows(11, 20, 4);
  logits[3][1] = NAN;
  EXPECT_EQ(compute("IS", images_with_logits(logits)).reason, "a logit of the images is not finite");
}

TEST(InceptionScore, counts_an_image_once_and_only_if_a_pair_uses_it) {
  const at::Tensor logits = golden_rows(11, 12, 4);
  Samples samples = images_with_logits(logits);
  for (std::size_t i = 0; i < 12; ++i) {
    SamplePair pair;
    pair.image = i % 11;  // the first image twice, the last not at all
    if (i == 5) pair.metrics = {"CLIP-S"};
    samples.pairs.push_back(pair);
  }
  Settings settings;
  settings.splits = 1;
  const Result result = compute("IS", samples, settings);
  EXPECT_EQ(result.n, 10U);
  const at::Tensor kept = torch::cat({logits.slice(0, 0, 5), logits.slice(0, 6, 11)});
  EXPECT_NEAR(result.value.value(), compute("IS", images_with_logits(kept), settings).value.value(), 1e-12);
}

TEST(CalibratedInceptionScore, needs_a_temperature) {
  EXPECT_EQ(compute("IS*", images_with_logits(torch::zeros({50, 3}))).reason,
            "no temperature: the classifier's card has none; pass --temperature");
}

}  // namespace
}  // namespace tise::metrics
