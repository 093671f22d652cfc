#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "metrics/samples_of.h"
#include "tise/metrics/metrics.h"

namespace tise::metrics {
namespace {

using testing::compute;
using testing::golden;
using testing::golden_rows;
using testing::images_with_captions;
using testing::pair_texts;

/// As in make_golden.py: images lean towards their captions, every third caption is a copy of the one before.
Samples golden_samples(std::int64_t n, std::int64_t width, testing::Dealing dealing = {}) {
  const at::Tensor captions = golden_rows(6, n, width);
  std::vector<std::int64_t> texts(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < texts.size(); ++i) texts[i] = static_cast<std::int64_t>(i % 3 == 2 ? i - 1 : i);
  const at::Tensor images = captions.index_select(0, torch::tensor(texts)) * 0.25 + golden_rows(7, n, width);
  Samples samples = images_with_captions(images, captions, dealing);
  for (std::size_t i = 2; i < texts.size(); i += 3) {
    pair_texts(samples)[i].bare = pair_texts(samples)[i - 1].bare;
    samples.pairs[i].caption = samples.pairs[i - 1].caption;
  }
  return samples;
}

Settings sampled(std::uint32_t seed = 2020) {
  Settings settings;
  settings.words["--rp"] = "sampled";
  settings.seed = seed;
  return settings;
}

TEST(RPrecision, of_two_captions_asks_only_which_is_closer) {
  const at::Tensor images = torch::tensor({{1.0F, 0.1F}, {1.0F, 0.1F}});
  const Result result = compute("RP", images_with_captions(images, torch::eye(2)));
  EXPECT_EQ(result.value.value(), 0.5);
  EXPECT_THAT(result.pair_scores, ::testing::ElementsAre(1.0, 0.0));
  EXPECT_EQ(result.details.at("distractors"), 1);
  EXPECT_EQ(result.warnings.size(), 1U);
}

TEST(RPrecision, warns_if_images_could_have_the_captions_of_others) {
  const at::Tensor texts = golden_rows(6, 400, 16);
  for (const Settings& settings : {Settings(), sampled()}) {
    const Result paired = compute("RP", images_with_captions(texts, texts), settings);
    EXPECT_THAT(paired.warnings, ::testing::IsEmpty());
    const Result mispaired = compute("RP", images_with_captions(texts.roll({1}, {0}), texts), settings);
    ASSERT_EQ(mispaired.warnings.size(), 1U) << mispaired.value.value();
    EXPECT_THAT(mispaired.warnings[0], ::testing::StartsWith("no better than chance (1 in 100): "));
  }
}

TEST(RPrecision, does_not_warn_of_chance_if_items_list_their_distractors) {
  const at::Tensor texts = golden_rows(6, 400, 16);
  Samples samples = images_with_captions(texts.roll({1}, {0}), texts);
  for (std::size_t i = 0; i < 400; ++i)
    pair_texts(samples)[i].distractors = {(i + 399) % 400};  // the image's
  const Result result = compute("RP", samples, sampled());
  EXPECT_EQ(result.value, 0.0);
  EXPECT_THAT(result.warnings, ::testing::IsEmpty());
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
    const Result result = compute("RP", golden_samples(expected.at("n"), expected.at("width")));
    EXPECT_NEAR(result.value.value(), expected.at("exact"), 1e-12);
  }
}

TEST(RPrecision, of_many_images_and_captions_counts_each_that_is_closer) {
  constexpr std::int64_t kPairs = 1300;  // more than one block each way
  const at::Tensor captions = golden_rows(6, kPairs, 16);
  const at::Tensor images = captions * 0.5 + golden_rows(7, kPairs, 16);
  const auto units = [](const at::Tensor& rows) {
    return (rows / rows.norm(2, 1, /*keepdim=*/true)).to(at::kDouble);
  };
  const at::Tensor cosines = units(images.to(at::kDouble)).matmul(units(captions.to(at::kDouble)).t());
  const at::Tensor better = (cosines > cosines.diagonal().unsqueeze(1) + 1e-6).sum(1);
  double expected = 0.0;
  for (std::int64_t i = 0; i < kPairs; ++i)
    expected += chance_of_none(kPairs - 1, static_cast<std::size_t>(better[i].item<std::int64_t>()), 99);
  const Result result = compute("RP", images_with_captions(images, captions, {.chunk = 1100}));
  EXPECT_NEAR(result.value.value(), expected / kPairs, 1e-12);
}

TEST(RPrecision, does_not_depend_on_order_or_chunks) {
  for (const Settings& settings : {Settings{}, sampled()}) {
    const Result whole = compute("RP", golden_samples(600, 16), settings);
    const Result pieces = compute("RP", golden_samples(600, 16, {.chunk = 13, .shuffle = 8}), settings);
    EXPECT_EQ(pieces.pair_scores, whole.pair_scores);
    EXPECT_EQ(pieces.value, whole.value);
  }
}

TEST(RPrecision, counts_a_difference_within_a_millionth_for_the_own_caption) {
  const auto with_lead = [](double lead) {
    const auto other = static_cast<float>(0.5 + lead);
    const at::Tensor texts = torch::tensor({{0.5F, std::sqrt(0.75F)}, {other, std::sqrt(1 - other * other)}});
    const at::Tensor images = torch::tensor({{1.0F, 0.0F}, {0.0F, 1.0F}});
    return *compute("RP", images_with_captions(images, texts)).pair_scores[0];
  };
  EXPECT_EQ(with_lead(8e-7), 1.0);
  EXPECT_EQ(with_lead(1.3e-6), 0.0);
}

TEST(RPrecision, ranks_an_item_only_against_other_texts) {
  // Items 0 and 1 share their caption; item 2's stands alone and beats it for image 0.
  Samples samples =
      images_with_captions(torch::tensor({{0.0F, 1.0F}, {1.0F, 0.0F}, {0.0F, 1.0F}}), torch::eye(2));
  pair_texts(samples)[1].bare = 0;
  samples.pairs[1].caption = samples.pairs[0].caption;
  pair_texts(samples)[2].bare = 1;
  EXPECT_THAT(compute("RP", samples).pair_scores, ::testing::ElementsAre(0.0, 1.0, 1.0));
}

TEST(RPrecision, counts_another_caption_once_however_many_items_have_it) {
  // Of 100 other captions one beats item 0's, and 99 are drawn.
  const auto score = [](std::int64_t copies) {
    const std::int64_t n = 100 + copies;
    at::Tensor texts = torch::tensor({{0.0F, 1.0F}}).repeat({n, 1});
    texts[0] = torch::tensor({1.0F, 1.0F});
    texts[1] = torch::tensor({1.0F, 0.0F});
    Samples samples = images_with_captions(torch::tensor({{1.0F, 0.0F}}).repeat({n, 1}), texts);
    for (std::size_t i = 2; i <= static_cast<std::size_t>(copies); ++i)
      pair_texts(samples)[i].bare = samples.pairs[i].caption = 1;
    return *compute("RP", samples).pair_scores[0];
  };
  EXPECT_NEAR(score(1), 0.01, 1e-15);
  EXPECT_NEAR(score(5), 0.01, 1e-15);
}

/// A pair for each caption of each image; the captions are rows of the texts.
Samples images_with_several_captions(const at::Tensor& images, const at::Tensor& texts,
                                     const std::vector<std::vector<std::size_t>>& captions) {
  Samples samples = images_with_captions(images, texts);
  samples.pairs.clear();
  pair_texts(samples).clear();
  for (std::size_t image = 0; image < captions.size(); ++image) {
    for (const std::size_t caption : captions[image])
      testing::add_pair(samples, std::to_string(samples.pairs.size()), image, caption);
  }
  return samples;
}

TEST(RPrecision, of_perfect_images_with_three_true_captions_each_is_one) {
  // Image i lies among its captions: the second is nearer to it than the first and the third.
  const std::int64_t n = 60;
  const at::Tensor images = torch::eye(n);
  const at::Tensor texts = torch::cat({images + 0.1, images + 0.01, images + 0.05});
  std::vector<std::vector<std::size_t>> captions;
  for (std::size_t i = 0; i < 60; ++i) captions.push_back({i, 60 + i, 120 + i});
  const Result result = compute("RP", images_with_several_captions(images, texts, captions));
  EXPECT_EQ(result.value.value(), 1.0);
  EXPECT_EQ(result.details.at("pool"), 180);
}

TEST(RPrecision, leaves_out_items_without_other_captions) {
  // Image 0 has both captions; image 1 has one of them.
  const Samples samples = images_with_several_captions(torch::eye(2), torch::eye(2) + 0.1, {{0, 1}, {1}});
  const Result result = compute("RP", samples);
  EXPECT_THAT(result.pair_scores, ::testing::ElementsAre(std::nullopt, std::nullopt, 1.0));
  EXPECT_EQ(result.details.at("left_out"), 2);
  EXPECT_EQ(result.n, 1U);
}

TEST(RPrecision, of_captions_that_are_cut_to_the_same_tokens_is_undefined) {
  Samples samples = images_with_captions(torch::eye(4), torch::eye(4));
  for (PairTexts& texts : pair_texts(samples)) texts.bare = 0;
  EXPECT_EQ(compute("RP", samples).reason, "all captions have the same tokens");
  pair_texts(samples)[3].bare = 3;
  const Result result = compute("RP", samples);
  EXPECT_EQ(result.details.at("same_tokens"), 3);
  EXPECT_EQ(result.details.at("pool"), 2);
  EXPECT_EQ(result.warnings.size(), 2U);
}

/// The sum, over all sets of m weights, of their product.
double elementary(const std::vector<double>& weights, std::size_t m) {
  std::vector<double> sums(m + 1, 0.0);
  sums[0] = 1.0;
  for (const double weight : weights) {
    for (std::size_t k = m; k > 0; --k) sums[k] += weight * sums[k - 1];
  }
  return sums[m];
}

/// RP of weighted items, by definition. A caption's weight as a distractor is the mean weight of its items.
double weighted_rp(const Samples& samples, const at::Tensor& images, const at::Tensor& texts,
                   const std::vector<double>& weights) {
  const at::Tensor unit_images = images / images.norm(2, 1, true);
  const at::Tensor unit_texts = texts / texts.norm(2, 1, true);
  const at::Tensor cosines = unit_images.matmul(unit_texts.t()).to(at::kDouble);
  const std::vector<PairTexts>& of_pair = samples.texts.at("clip").of_pair;
  std::map<std::size_t, std::vector<double>> weights_of_text;
  std::map<std::size_t, std::set<std::size_t>> own;
  for (std::size_t i = 0; i < samples.pairs.size(); ++i) {
    weights_of_text[of_pair[i].bare].push_back(weights[i]);
    own[samples.pairs[i].image].insert(of_pair[i].bare);
  }
  double sum = 0.0;
  double all = 0.0;
  for (std::size_t i = 0; i < samples.pairs.size(); ++i) {
    const auto image = static_cast<std::int64_t>(samples.pairs[i].image);
    const double truth = cosines[image][static_cast<std::int64_t>(of_pair[i].bare)].item<double>();
    std::vector<double> others;
    std::vector<double> harmless;
    for (const auto& [text, of_items] : weights_of_text) {
      if (own[samples.pairs[i].image].contains(text)) continue;
      const double weight =
          std::accumulate(of_items.begin(), of_items.end(), 0.0) / static_cast<double>(of_items.size());
      others.push_back(weight);
      if (cosines[image][static_cast<std::int64_t>(text)].item<double>() <= truth + 1e-6)
        harmless.push_back(weight);
    }
    const std::size_t m = std::min<std::size_t>(99, others.size());
    sum += weights[i] * (m > harmless.size() ? 0.0 : elementary(harmless, m) / elementary(others, m));
    all += weights[i];
  }
  return sum / all;
}

TEST(RPrecision, has_its_derivative_as_influence_if_captions_repeat_and_images_have_several) {
  constexpr std::size_t kTexts = 110;
  const at::Tensor texts = golden_rows(3, kTexts, 8);
  const at::Tensor images = golden_rows(4, 140, 8) + 4 * texts.index({torch::arange(140) % kTexts});
  std::vector<std::vector<std::size_t>> captions(140);
  for (std::size_t i = 0; i < captions.size(); ++i) {
    captions[i] = {i % kTexts};
    if (i % 4 == 0) captions[i].push_back((i + 1) % kTexts);
  }
  const Samples samples = images_with_several_captions(images, texts, captions);
  const Result result = compute("RP", samples);
  std::vector<double> weights(samples.pairs.size(), 1.0);
  EXPECT_NEAR(weighted_rp(samples, images, texts, weights), result.value.value(), 1e-9);
  EXPECT_GT(result.value.value(), 0.05);
  EXPECT_LT(result.value.value(), 0.95);
  for (const std::size_t i : {0U, 1U, 5U, 40U, 111U, 150U}) {
    const double step = 1e-5;
    weights[i] = 1.0 + step;
    const double more = weighted_rp(samples, images, texts, weights);
    weights[i] = 1.0 - step;
    const double less = weighted_rp(samples, images, texts, weights);
    weights[i] = 1.0;
    const double derivative = static_cast<double>(weights.size()) * (more - less) / (2 * step);
    EXPECT_NEAR(*result.influence[i], derivative, 1e-4 * std::max(1.0, std::abs(derivative))) << i;
  }
}

TEST(RPrecision, sampled_uses_the_listed_distractors) {
  const at::Tensor texts = torch::cat({torch::eye(20), torch::eye(20) * 2 + 0.01});
  Samples samples = images_with_captions(torch::eye(20), texts);
  for (std::size_t i = 0; i < 20; ++i) pair_texts(samples)[i].distractors = {(i + 1) % 20};
  EXPECT_EQ(compute("RP", samples, sampled()).value.value(), 1.0);
  EXPECT_EQ(compute("RP", samples, sampled()).details.at("distractors"), 1);
  texts.slice(0, 0, 20).add_(0.1);  // now the listed text 20 + i is closer to image i
  pair_texts(samples)[7].distractors = {27};
  const Result result = compute("RP", samples, sampled());
  EXPECT_EQ(result.pair_scores[7], 0.0);
  EXPECT_DOUBLE_EQ(result.value.value(), 0.95);
  EXPECT_NEAR(result.details.at("std"), 0.15, 1e-12);  // nine bins at 1, one at 1/2
}

TEST(RPrecision, sampled_estimates_exact) {
  const Samples samples = golden_samples(3000, 64);
  const double exact = compute("RP", samples).value.value();
  double mean = 0.0;
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    mean += compute("RP", samples, sampled(seed)).value.value() / 20;
  }
  // 60,000 trials: a standard deviation of at most 0.002.
  EXPECT_GT(exact, 0.05);
  EXPECT_LT(exact, 0.95);
  EXPECT_NEAR(mean, exact, 0.008);
}

TEST(RPrecision, sampled_depends_only_on_the_seed) {
  const Samples samples = golden_samples(300, 16);
  EXPECT_EQ(compute("RP", samples, sampled(1)).pair_scores, compute("RP", samples, sampled(1)).pair_scores);
  EXPECT_NE(compute("RP", samples, sampled(1)).pair_scores, compute("RP", samples, sampled(2)).pair_scores);
}

TEST(RPrecision, of_equal_or_zero_embeddings_is_one_since_ties_count) {
  EXPECT_EQ(compute("RP", images_with_captions(torch::zeros({200, 4}), golden_rows(1, 200, 4))).value, 1.0);
  EXPECT_EQ(compute("RP", images_with_captions(golden_rows(1, 200, 4), torch::ones({200, 4}))).value, 1.0);
}

TEST(RPrecision, reports_what_is_missing) {
  EXPECT_EQ(compute("RP", images_with_captions(torch::zeros({0, 2}), torch::zeros({0, 2}))).reason,
            "no pairs");
  EXPECT_EQ(compute("RP", images_with_captions(torch::eye(1), torch::eye(1))).reason,
            "1 caption: ranking needs 2");
  Samples same = images_with_captions(torch::eye(2), torch::eye(2));
  for (std::size_t i = 0; i < 2; ++i) pair_texts(same)[i].bare = same.pairs[i].caption = 0;
  EXPECT_EQ(compute("RP", same).reason, "all captions are the same");
  EXPECT_EQ(compute("RP", images_with_captions(torch::eye(5), torch::eye(5)), sampled()).reason,
            "5 captions: 10 bins need at least 10");
  EXPECT_EQ(compute("RP", images_with_captions(torch::full({2, 2}, NAN), torch::eye(2))).reason,
            "\"image 100000\": an embedding is not finite");
}

}  // namespace
}  // namespace tise::metrics
