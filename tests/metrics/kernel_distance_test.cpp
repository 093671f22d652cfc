// KID and MMD.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <set>

#include "metrics/samples_of.h"
#include "support/long_tests.h"
#include "tise/base/side_by_side.h"
#include "tise/metrics/metrics.h"
#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

using testing::golden;
using testing::golden_rows;
using ::testing::HasSubstr;
using testing::images_with_features;
using testing::placed;

RealFeatures with_rows(const at::Tensor& rows) {
  return {.moments = {}, .verified = true, .rows = placed(rows)};
}

Result held_against(std::string_view key, const at::Tensor& rows, const at::Tensor& real,
                    const Settings& settings = {}) {
  const RealFeatures features = with_rows(real);
  return testing::compute(key, images_with_features(rows), settings, &features);
}

/// The images' and the real rows, as in make_golden.py.
std::array<at::Tensor, 2> sides(const nlohmann::json& expected) {
  const std::int64_t width = expected.at("width");
  return {golden_rows(15, expected.at("n"), width),
          (golden_rows(16, expected.at("n_real"), width).to(at::kDouble) * 1.2 + 0.05).to(at::kFloat)};
}

Settings of_subsets(std::uint32_t seed = 2020) {
  Settings settings;
  settings.words["--kid"] = "subsets";
  settings.seed = seed;
  return settings;
}

TEST(Kid, agrees_with_torch_fidelity_clean_fid_and_torchmetrics) {
  for (const auto& expected : golden("kid")) {
    const auto [rows, real] = sides(expected);
    const double value = held_against("KID", rows, real).value.value();
    for (const char* peer : {"value", "torch_fidelity", "clean_fid", "torchmetrics"}) {
      if (!expected.contains(peer)) continue;
      EXPECT_NEAR(value, expected.at(peer), 1e-6) << peer;
    }
  }
}

TEST(Kid, of_subsets_agrees_with_torch_fidelity) {
  for (const auto& expected : golden("kid_subsets")) {
    const auto [rows, real] = sides(expected);
    const Result result = held_against("KID", rows, real, of_subsets());
    EXPECT_NEAR(result.value.value(), expected.at("value"), 1e-6);
    EXPECT_NEAR(result.details.at("std"), expected.at("std"), 1e-6);
    EXPECT_EQ(result.details.at("subsets"), 100);
    EXPECT_TRUE(result.std_error);
  }
}

TEST(Kid, of_subsets_of_a_thousand_is_that_of_all_pairs) {
  const at::Tensor rows = golden_rows(1, 1000, 5);
  const at::Tensor real = golden_rows(2, 1000, 5) + 0.1;
  const Result subsets = held_against("KID", rows, real, of_subsets());
  const Result full = held_against("KID", rows, real);
  EXPECT_NEAR(subsets.value.value(), full.value.value(), 1e-9);
  EXPECT_NEAR(subsets.std_error.value(), full.std_error.value(), 1e-9);
  EXPECT_NEAR(subsets.details.at("std"), 0.0, 1e-9);
  for (std::size_t i = 0; i < full.influence.size(); ++i)
    EXPECT_NEAR(subsets.influence[i].value(), full.influence[i].value(), 1e-7);
}

/// KID of weighted images over the drawn subsets, in float64.
class WeightedKid {
 public:
  WeightedKid(const at::Tensor& rows, const at::Tensor& real) {
    const auto kernel = [&](const at::Tensor& a, const at::Tensor& b) {
      const at::Tensor products = at::mm(a.to(at::kDouble), b.to(at::kDouble).t());
      return (products / static_cast<double>(rows.size(1)) + 1.0).pow(3);
    };
    const at::Tensor own = kernel(rows, rows).fill_diagonal_(0.0);
    const at::Tensor cross = kernel(rows, real);
    const at::Tensor others = kernel(real, real).fill_diagonal_(0.0);
    NumpyRandom random(2020);
    for (int subset = 0; subset < 100; ++subset) {
      const auto drawn = [&](const at::Tensor& of) {
        const auto places = random.choice(static_cast<std::size_t>(of.size(0)), 1000);
        return at::tensor(std::vector<std::int64_t>(places.begin(), places.end()));
      };
      const at::Tensor i = drawn(rows);
      const at::Tensor r = drawn(real);
      const auto of = [](const at::Tensor& pairs, const at::Tensor& a, const at::Tensor& b) {
        return pairs.index_select(0, a).index_select(1, b);
      };
      subsets_.push_back(
          {i, of(own, i, i), of(cross, i, r).mean(1), of(others, r, r).sum() / (1000.0 * 999.0)});
    }
  }

  double at(const at::Tensor& weights) const {
    double sum = 0.0;
    for (const auto& [images, own, cross, real] : subsets_) {
      const at::Tensor w = weights.index_select(0, images);
      const at::Tensor pairs = w.sum().square() - w.square().sum();
      sum += (w.dot(own.mv(w)) / pairs + real - 2.0 * w.dot(cross) / w.sum()).item<double>();
    }
    return sum / 100.0;
  }

 private:
  struct Subset {
    at::Tensor images, own, cross, real;
  };
  std::vector<Subset> subsets_;
};

TEST(Kid, of_subsets_has_the_influences_given_the_draws) {
  const at::Tensor rows = golden_rows(1, 1300, 5);
  const at::Tensor real = golden_rows(2, 1150, 5) + 0.1;
  const Result result = held_against("KID", rows, real, of_subsets());
  const WeightedKid kid(rows, real);
  for (const std::size_t image : {0U, 444U, 1299U}) {
    const auto at_weight = [&](double weight) {
      at::Tensor weights = at::ones({1300}, at::kDouble);
      weights[static_cast<std::int64_t>(image)] = weight;
      return kid.at(weights);
    };
    const double derivative = (at_weight(1.01) - at_weight(0.99)) / 0.02;
    const double influence = result.influence[image].value();
    EXPECT_NEAR(derivative * 1300.0, influence, 1e-3 * std::abs(influence) + 1e-6);
  }
}

/// Given the draws of subsets, over fresh images. Images in no subset have no influence.
TEST(Kid, of_subsets_has_an_error_that_holds) {
  const bool is_long = std::getenv("TISE_LONG_TESTS") != nullptr;
  const int draws = is_long ? 400 : 12;
  const at::Tensor real = torch::randn({1500, 4}, at::make_generator<at::CPUGeneratorImpl>(1));
  double sum = 0.0;
  double squares = 0.0;
  double errors = 0.0;
  for (int i = 0; i < draws; ++i) {
    const auto generator = at::make_generator<at::CPUGeneratorImpl>(static_cast<std::uint64_t>(100 + i));
    const Result result = held_against("KID", torch::randn({2500, 4}, generator) * 1.2, real, of_subsets());
    sum += *result.value;
    squares += *result.value * *result.value;
    errors += *result.std_error;
  }
  const double mean = sum / draws;
  const double spread = std::sqrt((squares - mean * sum) / (draws - 1));
  EXPECT_NEAR(errors / draws / spread, 1.0, is_long ? 0.15 : 0.6);
}

TEST(KernelDistance, looks_at_pairs_of_real_images_once) {
  const at::Tensor rows = golden_rows(1, 60, 5);
  const at::Tensor others = golden_rows(3, 40, 5);
  const at::Tensor real = golden_rows(2, 70, 5);
  for (const char* key : {"KID", "MMD"}) {
    RealFeatures features = with_rows(real);
    int looks = 0;
    features.rows.visit = [&looks, visit = features.rows.visit](const BlockVisitor& visitor) {
      ++looks;
      visit(visitor);
    };
    testing::compute(key, images_with_features(rows), {}, &features);
    EXPECT_EQ(looks, 2);
    EXPECT_EQ(testing::compute(key, images_with_features(others), {}, &features).value,
              held_against(key, others, real).value);
    EXPECT_EQ(looks, 3) << "against the other images";
  }
}

TEST(Kid, of_subsets_needs_a_thousand_of_each) {
  const at::Tensor few = golden_rows(1, 999, 3);
  const at::Tensor enough = golden_rows(1, 1000, 3);
  EXPECT_EQ(held_against("KID", few, enough, of_subsets()).reason,
            "999 images: the subsets need 1000; pass --kid full");
  EXPECT_EQ(held_against("KID", enough, few, of_subsets()).reason,
            "999 real images: the subsets need 1000; pass --kid full");
  EXPECT_NE(held_against("KID", golden_rows(1, 1100, 3), enough, of_subsets(1)).value,
            held_against("KID", golden_rows(1, 1100, 3), enough, of_subsets(2)).value);
}

TEST(Mmd, agrees_with_cmmds_formula_and_torch_fidelity) {
  for (const auto& expected : golden("mmd")) {
    const auto [rows, real] = sides(expected);
    const double value = held_against("MMD", rows, real).value.value();
    for (const char* peer : {"value", "torch_fidelity"}) {
      if (!expected.contains(peer)) continue;
      EXPECT_NEAR(value, expected.at(peer), 1e-6) << peer;
    }
  }
}

/// Equal sets, also with one of them in another order.
TEST(Mmd, of_equal_sets_is_zero) {
  for (const std::int64_t n : {1, 5, 511, 512, 513, 1300}) {
    const at::Tensor rows = torch::randn({n, 33}, at::make_generator<at::CPUGeneratorImpl>(3)) + 0.3;
    EXPECT_LE(held_against("MMD", rows, rows).value.value(), 1e-12) << n;
    const auto order = numpy_permutation(4, static_cast<std::size_t>(n));
    const at::Tensor other =
        rows.index_select(0, torch::tensor(std::vector<std::int64_t>(order.begin(), order.end())));
    EXPECT_LE(held_against("MMD", rows, other).value.value(), 1e-12) << n << ", in another order";
  }
}

/// If one of n rows turns from r to r', MMD is 1000 · 2 (1 − k(r, r')) / n²: all else cancels. Sums of
/// numbers near 1 would lose that.
TEST(Mmd, of_sets_that_differ_in_one_row_is_exact) {
  const std::int64_t n = testing::times(1300, 30000);
  const at::Tensor rows = torch::randn({n, 8}, at::make_generator<at::CPUGeneratorImpl>(3));
  const at::Tensor real = rows.clone();
  real[n / 2] *= -1.0;
  const double exact = 2000.0 * -std::expm1(-4.0 / 200.0) / static_cast<double>(n * n);
  EXPECT_NEAR(held_against("MMD", rows, real).value.value() / exact, 1.0, 0.01);
}

/// Compares with float64 differences. Sums of numbers near 1 in float32 would be off in the third digit.
TEST(Mmd, loses_nothing_to_cancellation) {
  const at::Tensor rows = torch::randn({700, 16}, at::make_generator<at::CPUGeneratorImpl>(5));
  const at::Tensor real = rows + 0.01 * torch::randn({700, 16}, at::make_generator<at::CPUGeneratorImpl>(6));
  const auto unit = [](const at::Tensor& x) {
    return x.to(at::kDouble) / x.to(at::kDouble).norm(2, 1, true);
  };
  const auto mean = [&](const at::Tensor& a, const at::Tensor& b) {
    return ((unit(a).unsqueeze(1) - unit(b)).square().sum(2) / -200.0).expm1().mean().item<double>();
  };
  const double exact = 1000.0 * (mean(rows, rows) + mean(real, real) - 2.0 * mean(rows, real));
  ASSERT_LT(exact, 1e-4);
  EXPECT_NEAR(held_against("MMD", rows, real).value.value(), exact, 1e-8);
}

TEST(Mmd, does_not_depend_on_the_length_of_rows) {
  const at::Tensor rows = golden_rows(1, 60, 7);
  const at::Tensor real = golden_rows(2, 50, 7);
  const at::Tensor lengths = torch::arange(1, 61).unsqueeze(1);
  EXPECT_NEAR(*held_against("MMD", rows * lengths, real).value, *held_against("MMD", rows, real).value, 1e-6);
  EXPECT_GT(std::abs(*held_against("KID", rows * lengths, real).value), 1.0);
}

TEST(KernelDistance, has_no_value_for_too_few_images_or_features_that_are_not_finite) {
  const at::Tensor rows = golden_rows(1, 20, 4);
  EXPECT_EQ(testing::compute("KID", images_with_features(rows)).reason, "no real images given");
  const RealFeatures moments;
  EXPECT_THAT(testing::compute("KID", images_with_features(rows), {}, &moments).reason,
              HasSubstr("pass images or a store instead of statistics"));
  EXPECT_EQ(held_against("KID", rows.slice(0, 0, 1), rows).reason, "1 image: at least 2 are needed");
  EXPECT_EQ(held_against("KID", rows, rows.slice(0, 0, 1)).reason, "1 real image: at least 2 are needed");
  EXPECT_EQ(held_against("MMD", rows.slice(0, 0, 0), rows).reason, "0 images: at least 1 is needed");
  EXPECT_TRUE(held_against("MMD", rows.slice(0, 0, 1), rows).value);
  at::Tensor bad = rows.clone();
  bad[3][1] = INFINITY;
  const std::string name = images_with_features(rows).images[3];
  EXPECT_EQ(
      held_against("KID", bad, rows).reason,
      "the features of \"" + name + "\" are not finite, or too large; check what the network returns for it");
  EXPECT_THAT(held_against("MMD", rows, bad).reason,
              HasSubstr("the features of a real image are not finite, or all 0; check"));
  bad[3].fill_(1e14);
  EXPECT_THAT(held_against("KID", bad, rows).reason,
              HasSubstr("the features of \"" + name + "\" are not finite, or too large"));
  bad.fill_(1e10);
  EXPECT_THAT(held_against("KID", bad, 1e-9 * rows).reason,
              HasSubstr("the features of a generated image are not finite, or too large"));
  bad = rows.clone();
  bad[3].zero_();
  EXPECT_THAT(held_against("MMD", bad, rows).reason, HasSubstr("all 0"));
  EXPECT_TRUE(held_against("KID", bad, rows).value);
}

TEST(KernelDistance, of_constant_rows_has_no_spread) {
  const Result result = held_against("KID", torch::ones({30, 4}), golden_rows(1, 40, 4));
  EXPECT_GT(result.value.value(), 0.0);
  EXPECT_NEAR(result.std_error.value(), 0.0, 1e-12);
  EXPECT_NE(result.unreliable, "");
}

TEST(KernelDistance, does_not_depend_on_the_number_of_threads) {
  const at::Tensor rows = golden_rows(1, 1100, 9);
  const at::Tensor real = golden_rows(2, 600, 9);
  for (const char* key : {"KID", "MMD"}) {
    std::set<double> values;
    std::set<double> errors;
    for (const int threads : {1, 2, 3}) {
      const ThreadsGuard guard(threads);
      const Result result = held_against(key, rows, real);
      values.insert(*result.value);
      errors.insert(*result.std_error);
    }
    EXPECT_EQ(values.size(), 1U) << key;
    EXPECT_EQ(errors.size(), 1U) << key;
  }
}

TEST(KernelDistance, is_marked_if_it_depends_on_few_images) {
  const at::Tensor real = torch::randn({300, 4}, at::make_generator<at::CPUGeneratorImpl>(1));
  at::Tensor rows = torch::randn({300, 4}, at::make_generator<at::CPUGeneratorImpl>(2)) + 0.5;
  EXPECT_EQ(held_against("KID", 0.3 * rows, 0.3 * real).unreliable, "");
  rows.slice(0, 0, 6).mul_(12.0);
  EXPECT_THAT(held_against("KID", 0.3 * rows, 0.3 * real).unreliable,
              HasSubstr("since a few images or prompts mostly determine the value"));
  EXPECT_EQ(held_against("MMD", 0.3 * rows, 0.3 * real).unreliable, "");  // MMD sees only directions
}

TEST(KernelDistance, of_few_images_has_their_number_as_the_reason) {
  const at::Tensor real = torch::randn({300, 4}, at::make_generator<at::CPUGeneratorImpl>(1));
  const at::Tensor rows = torch::randn({8, 4}, at::make_generator<at::CPUGeneratorImpl>(2)) + 0.5;
  EXPECT_EQ(held_against("KID", rows, real).unreliable, "based on fewer than 20 clusters of samples");
  EXPECT_EQ(held_against("MMD", rows, real).unreliable, "based on fewer than 50 clusters of samples");
}

TEST(KernelDistance, of_images_like_the_real_ones_is_marked) {
  const auto draw = [](std::int64_t n, std::uint64_t seed) {
    return torch::randn({n, 16}, at::make_generator<at::CPUGeneratorImpl>(seed));
  };
  for (const char* key : {"KID", "MMD"}) {
    EXPECT_THAT(held_against(key, draw(500, 1), draw(4000, 2)).unreliable, HasSubstr("pairs of images"))
        << key;
    EXPECT_EQ(held_against(key, draw(500, 1) + 0.3, draw(4000, 2)).unreliable, "") << key;
  }
}

TEST(KernelDistance, of_images_that_all_vary_together_has_no_known_bias) {
  Samples samples = images_with_features(golden_rows(1, 30, 4));
  for (std::size_t i = 0; i < samples.images.size(); ++i) {
    SamplePair& pair = samples.pairs.emplace_back();
    pair.id = samples.images[i];
    pair.image = i;
  }
  const RealFeatures real = with_rows(golden_rows(2, 40, 4));
  const Result result = testing::compute("KID", samples, {}, &real);
  EXPECT_FALSE(result.bias);
  EXPECT_EQ(result.unreliable, "1 cluster of samples has no spread");
}

/// Images of one prompt lie near one another, which biases an estimator that is unbiased for independent
/// ones.
TEST(KernelDistance, has_the_bias_of_images_that_vary_together) {
  constexpr std::int64_t kPrompts = 60;
  constexpr std::int64_t kEach = 5;
  const at::Tensor real = torch::randn({800, 6}, at::make_generator<at::CPUGeneratorImpl>(1));
  for (const char* key : {"KID", "MMD"}) {
    double bias = 0.0;
    double excess = 0.0;
    constexpr int kRepeats = 150;
    for (int i = 0; i < kRepeats; ++i) {
      const auto draw = [&](std::int64_t n, int seed) {
        return torch::randn({n, 6},
                            at::make_generator<at::CPUGeneratorImpl>(static_cast<std::uint64_t>(seed)));
      };
      const at::Tensor prompts = draw(kPrompts, 10 * i + 1);
      const at::Tensor rows =
          0.8 * prompts.repeat_interleave(kEach, 0) + 0.6 * draw(kPrompts * kEach, 10 * i + 2);
      Samples samples = images_with_features(rows);
      for (std::size_t k = 0; k < samples.images.size(); ++k) {
        SamplePair& pair = samples.pairs.emplace_back();
        pair.id = samples.images[k];
        pair.image = k;
        pair.caption = k / kEach;
      }
      const RealFeatures features = with_rows(real);
      const Result result = testing::compute(key, samples, {}, &features);
      bias += *result.bias / kRepeats;
      // With one image per prompt, images are independent. The bias of all images includes their bias.
      const Result alone = held_against(key, rows.slice(0, 0, rows.size(0), kEach), real);
      excess += (*result.value - *alone.value + *alone.bias) / kRepeats;
    }
    EXPECT_NEAR(bias, excess, 0.15 * bias) << key;
  }
}

}  // namespace
}  // namespace tise::metrics
