// Where standard errors hold and where they don't: compares them with the spread of values over fresh
// samples, inside and outside the region in which an error counts as reliable. docs/dev/errors.md quotes the
// numbers that these tests print.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <iostream>
#include <numeric>

#include "metrics/samples_of.h"
#include "tise/metrics/influence.h"

namespace tise::metrics {
namespace {

/// How values and their errors vary over draws.
struct Spread {
  double ratio = 0.0;         ///< mean error over the values' standard deviation
  double mean = 0.0;          ///< mean value
  double flagged = 0.0;       ///< share of draws whose error is marked unreliable
  double widening = 0.0;      ///< mean
  double extrapolated = 0.0;  ///< mean of the extrapolated values
  double ends = 0.0;          ///< share of draws with an extrapolated value
  double end_ratio = 0.0;     ///< mean error of these over their standard deviation
};

double deviation(const std::vector<double>& values) {
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  double squares = 0.0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

template <typename Draw>
Spread spread_over(int draws, const Draw& draw) {
  std::vector<double> values;
  std::vector<double> ends;
  Spread spread;
  double error = 0.0;
  double end_error = 0.0;
  for (int i = 0; i < draws; ++i) {
    const Result result = draw(i);
    values.push_back(*result.value);
    spread.mean += *result.value / draws;
    error += *result.std_error / draws;
    spread.flagged += result.unreliable.empty() ? 0.0 : 1.0 / draws;
    spread.widening += result.widening.value_or(0.0) / draws;
    if (!result.details.contains("extrapolated")) continue;
    const auto& end = result.details["extrapolated"];
    if (end["value"].is_null()) continue;
    ends.push_back(end["value"].template get<double>());
    end_error += end["std_error"].template get<double>();
  }
  spread.ratio = error / deviation(values);
  spread.ends = static_cast<double>(ends.size()) / draws;
  if (ends.size() < 2) return spread;
  const auto count = static_cast<double>(ends.size());
  spread.extrapolated = std::accumulate(ends.begin(), ends.end(), 0.0) / count;
  spread.end_ratio = end_error / count / deviation(ends);
  return spread;
}

at::Generator seeded(int seed) {
  return at::make_generator<at::CPUGeneratorImpl>(static_cast<std::uint64_t>(seed));
}

constexpr std::int64_t kDimensions = 32;

/// For variances 1, 1/2, 1/3, …, like those of features.
at::Tensor deviations() { return torch::arange(1, kDimensions + 1, at::kDouble).rsqrt(); }

/// FID of Gaussian features that are wider than the real ones by `off` in some directions.
class Features {
 public:
  explicit Features(double off)
      : wide_(deviations() * (1.0 + off * torch::arange(kDimensions, at::kDouble).remainder(3) / 2.0)) {}

  Result fid_of(std::int64_t n, int seed) const {
    const at::Tensor rows = torch::randn({n, kDimensions}, seeded(seed), at::kDouble) * wide_;
    return testing::compute("FID", testing::images_with_features(rows), {}, &real());
  }
  /// FID of infinitely many samples.
  double truth() const { return (wide_ - deviations()).square().sum().item<double>(); }

 private:
  static const RealFeatures& real() {
    static const RealFeatures real{
        {torch::zeros({kDimensions}, at::kDouble), torch::diag(deviations().square()), 0}, true};
    return real;
  }
  at::Tensor wide_;
};

TEST(Spread, of_fid_is_its_error_inside_the_region_and_no_larger_than_it_outside) {
  for (const double off : {0.0, 0.1, 0.3, 1.0}) {
    const Features features(off);
    for (const std::int64_t each : {1, 2, 5, 10, 20, 40}) {
      const std::int64_t n = each * kDimensions;
      const Spread spread = spread_over(
          200, [&](int i) { return features.fid_of(n, 1000 * (i + 1) + static_cast<int>(each)); });
      std::cout << "[  spread  ] FID " << features.truth() << " at infinity, " << each
                << " samples per dimension: mean " << spread.mean << ", error/spread " << spread.ratio
                << ", flagged " << spread.flagged << ", extrapolated " << spread.extrapolated << "\n";
      if (spread.flagged < 0.05) {
        EXPECT_NEAR(spread.ratio, 1.0, 0.12) << off << " " << each;  // 10%, and the uncertainty of 200 draws
      } else {
        EXPECT_GT(spread.ratio, 0.88) << off << " " << each;
      }
    }
  }
}

TEST(Spread, of_fid_is_marked_outside_the_region) {
  const auto is_flagged = [](double off, std::int64_t each) {
    return !Features(off).fid_of(each * kDimensions, 7).unreliable.empty();
  };
  EXPECT_TRUE(is_flagged(1.0, 19));
  EXPECT_FALSE(is_flagged(1.0, 20));
  EXPECT_TRUE(is_flagged(0.0, 40));  // at the null floor
}

TEST(Extrapolation, takes_fids_bias_away) {
  for (const double off : {0.0, 0.3}) {
    const Features features(off);
    for (const auto& [each, left] :
         {std::pair<std::int64_t, double>{3, 0.35}, {5, 0.12}, {10, 0.08}, {20, 0.06}}) {
      const Spread spread =
          spread_over(200, [&](int i) { return features.fid_of(each * kDimensions, 77 * (i + 1)); });
      const double bias = spread.mean - features.truth();
      std::cout << "[  bias    ] FID " << features.truth() << ", " << each << " samples per dimension: bias "
                << bias << ", extrapolated " << spread.extrapolated - features.truth() << " in "
                << spread.ends << ", its error/spread " << spread.end_ratio << "\n";
      if (spread.ends == 0.0) continue;
      EXPECT_LT(std::abs(spread.extrapolated - features.truth()), left * bias);
    }
  }
}

/// FID of Gaussian rows, against real rows with unit covariance. Each caption has `images_each` images.
Result fid_from_unit(const at::Tensor& rows, std::size_t images_each = 1) {
  const std::int64_t width = rows.size(1);
  const RealFeatures real{{torch::zeros({width}, at::kDouble), torch::eye(width, at::kDouble), 0}, true};
  Samples samples = testing::images_with_features(rows);
  for (std::size_t i = 0; images_each > 1 && i < samples.images.size(); ++i) {
    SamplePair& pair = samples.pairs.emplace_back();
    pair.id = samples.images[i];
    pair.image = i;
    pair.caption = i / images_each;
  }
  return testing::compute("FID", samples, {}, &real);
}

TEST(Extrapolation, is_null_for_two_or_three_samples_per_dimension_however_many_there_are) {
  for (const std::int64_t width : {32, 128, 512}) {
    const auto n = static_cast<std::int64_t>(2.4 * static_cast<double>(width));
    const Result result = fid_from_unit(torch::randn({n, width}, seeded(1), at::kDouble));
    EXPECT_TRUE(result.details["extrapolated"]["value"].is_null()) << width;
    EXPECT_NE(result.details["extrapolated"]["reason"], "");
    EXPECT_GT(result.bias.value(), 0.0);
  }
}

TEST(Extrapolation, splits_prompts_if_these_have_several_images) {
  constexpr std::int64_t kPrompts = 40;
  constexpr std::int64_t kEach = 10;
  const at::Tensor shift = torch::full({1, 4}, 0.2, at::kDouble);  // FID of infinitely many is 0.16
  const Spread spread = spread_over(200, [&](int i) {
    const at::Tensor prompts = torch::randn({kPrompts, 4}, seeded(10 * i + 1), at::kDouble);
    const at::Tensor own = torch::randn({kPrompts * kEach, 4}, seeded(10 * i + 2), at::kDouble);
    return fid_from_unit(shift + std::sqrt(0.5) * (prompts.repeat_interleave(kEach, 0) + own), kEach);
  });
  std::cout << "[  bias    ] FID 0.16 of 40 prompts with 10 images each: " << spread.mean << ", extrapolated "
            << spread.extrapolated << " in " << spread.ends << ", its error/spread " << spread.end_ratio
            << "\n";
  EXPECT_GT(spread.ends, 0.5);
  EXPECT_LT(std::abs(spread.extrapolated - 0.16), 0.25 * (spread.mean - 0.16));
}

TEST(Extrapolation, is_null_if_over_a_tenth_of_the_images_vary_together) {
  const Result result = fid_from_unit(torch::randn({400, 4}, seeded(1), at::kDouble), 50);
  EXPECT_THAT(result.details["extrapolated"]["reason"].get<std::string>(),
              ::testing::HasSubstr("over a tenth of the images vary together"));
  EXPECT_FALSE(result.bias);
}

/// IS of independent images, whose classes are more or less certain.
Result score_of(std::int64_t n, std::int64_t classes, double sharpness, int seed) {
  const at::Tensor weights = torch::randn({16, classes}, seeded(99), at::kDouble);
  const at::Tensor rows = torch::randn({n, 16}, seeded(seed), at::kDouble);
  return testing::compute("IS", testing::images_with_logits(rows.matmul(weights) * sharpness));
}

TEST(Spread, of_inception_scores_is_their_error_or_their_widened_error_if_saturated) {
  for (const auto& [classes, sharpness] :
       {std::pair<std::int64_t, double>{10, 0.3}, {10, 1.0}, {100, 1.0}, {100, 3.0}}) {
    for (const std::int64_t n : {20, 30, 50, 100, 200, 300, 1000, 5000}) {
      const Spread spread = spread_over(n == 5000 ? 150 : 300, [&, c = classes, s = sharpness](int i) {
        return score_of(n, c, s, 31 * (i + 1));
      });
      std::cout << "[  spread  ] IS " << spread.mean << " of " << n / 10 << " images per split: error/spread "
                << spread.ratio << ", widened " << spread.ratio * spread.widening << ", flagged "
                << spread.flagged << "\n";
      if (spread.flagged < 0.05) {
        EXPECT_NEAR(spread.ratio, 1.0, 0.13);
      }
      if (n >= 50) {
        EXPECT_GT(spread.ratio * spread.widening, 0.88);  // allows for the uncertainty of 300 draws
        EXPECT_LT(spread.ratio * spread.widening, 1.45);
      } else {
        EXPECT_EQ(spread.widening, 0.0);
      }
    }
  }
}

TEST(Spread, of_rp_is_its_error_by_either_estimator) {
  constexpr std::int64_t kCaptions = 300;
  for (const char* estimator : {"exact", "sampled"}) {
    Settings settings;
    settings.words["--rp"] = estimator;
    const Spread spread = spread_over(400, [&](int i) {
      const at::Tensor texts = torch::randn({kCaptions, 16}, seeded(1000 + 77 * i), at::kFloat);
      const at::Tensor images = texts + torch::randn({kCaptions, 16}, seeded(1040 + 77 * i), at::kFloat);
      return testing::compute("RP", testing::images_with_captions(images, texts), settings);
    });
    std::cout << "[  spread  ] RP " << estimator << " " << spread.mean << " of " << kCaptions
              << " captions: error/spread " << spread.ratio << ", flagged " << spread.flagged << "\n";
    EXPECT_NEAR(spread.ratio, 1.0, 0.12);
  }
}

/// Compares with Hájek's projection over all images; the metric takes some that stand for the others.
TEST(RPrecision, of_many_images_computes_its_influences_from_some_of_them) {
  const std::int64_t n = 6000;
  const at::Tensor texts = torch::randn({n, 16}, seeded(1), at::kFloat);
  const at::Tensor images = texts + 0.8 * torch::randn({n, 16}, seeded(2), at::kFloat);
  const Result result = testing::compute("RP", testing::images_with_captions(images, texts));
  const at::Tensor cosines = images.matmul(texts.t()) / images.norm(2, 1, true) / texts.norm(2, 1, true).t();
  const at::Tensor closer = (cosines > cosines.diagonal().unsqueeze(1) + 1e-6).to(at::kFloat);
  const at::Tensor better = closer.sum(1).to(at::kDouble);
  const at::Tensor harmless = torch::empty({n}, at::kDouble);
  const at::Tensor success = torch::empty({n}, at::kDouble);
  for (std::int64_t i = 0; i < n; ++i) {
    success[i] = *result.pair_scores[static_cast<std::size_t>(i)];
    harmless[i] = 99.0 * success[i].item<double>() / (static_cast<double>(n - 1) - better[i].item<double>());
  }
  const at::Tensor any = 99.0 * success / static_cast<double>(n - 1);
  const at::Tensor exact = success - success.mean() + (harmless - any).sum() - (harmless - any) -
                           closer.t().matmul(harmless.to(at::kFloat)).to(at::kDouble);
  Influence whole;
  for (std::int64_t i = 0; i < n; ++i) whole.emplace_back(exact[i].item<double>());
  std::vector<std::size_t> one(static_cast<std::size_t>(n));
  std::iota(one.begin(), one.end(), std::size_t{0});
  const Clusters each{one, one};
  const double expected = spread_of(whole, each).std_error;
  EXPECT_NEAR(spread_of(result.influence, each).std_error, expected, 0.02 * expected);
}

TEST(Spread, of_samples_that_vary_together_two_ways_agrees_with_cameron_gelbach_and_miller) {
  // Captions {0, 1}, {2, 3}, {4}; images {0, 2}, {1}, {3, 4}. By hand: caption sums 3, -1, -2; image sums 0,
  // 2, -2.
  const Influence influence{1.0, 2.0, -1.0, 0.0, -2.0};
  const auto spread = spread_of(influence, {{0, 0, 1, 1, 2}, {0, 1, 0, 2, 2}});
  const double captions = 3.0 / 2.0 * (9.0 + 1.0 + 4.0);
  const double images = 3.0 / 2.0 * (0.0 + 4.0 + 4.0);
  const double both = 5.0 / 4.0 * (1.0 + 4.0 + 1.0 + 0.0 + 4.0);
  EXPECT_DOUBLE_EQ(spread.std_error, std::sqrt(std::max(captions + images - both, captions)) / 5.0);
  EXPECT_EQ(spread.clusters, 3U);
  EXPECT_DOUBLE_EQ(spread.effective, 25.0 / 9.0);
}

TEST(Spread, of_pairs_with_a_cluster_is_that_of_their_clusters) {
  // Captions {0, 1}, {2}, {4} and an empty one; pairs 1 and 2 have one cluster, 3 and 4 another. By hand:
  // sums 1, 3, -4 of {0}, {1, 2}, {3, 4}.
  const Influence influence{1.0, 2.0, 1.0, -2.0, -2.0};
  const at::Tensor rows = torch::zeros({5, 1});
  Samples samples = testing::images_with_captions(rows, rows);
  samples.pairs[1].caption = 0;
  samples.pairs[3].is_caption_empty = true;
  samples.pairs[1].cluster = samples.pairs[2].cluster = 0;
  samples.pairs[3].cluster = samples.pairs[4].cluster = 1;
  const auto spread = spread_of(influence, clusters_of(samples, Prompts::kSampled));
  EXPECT_DOUBLE_EQ(spread.std_error, std::sqrt(3.0 / 2.0 * (1.0 + 9.0 + 16.0)) / 5.0);
  EXPECT_EQ(spread.clusters, 3U);
}

TEST(Spread, of_fixed_prompts_is_that_of_images_within_prompts) {
  // The images of prompt 0 have the influences 1 and 3, those of prompt 1 have 0, 1 and 5 (in two samples).
  // By hand: the squared deviations from the prompts' means sum to 2, times 2/1, and 14, times 3/2.
  const Influence influence{1.0, 3.0, 0.0, 1.0, 2.0, 3.0};
  const Clusters clusters{{0, 0, 1, 1, 1, 1}, {0, 1, 2, 3, 4, 4}, {0, 0, 1, 1, 1, 1}};
  const auto spread = spread_of(influence, clusters);
  EXPECT_DOUBLE_EQ(spread.std_error, std::sqrt(2.0 * 2.0 + 14.0 * 1.5) / 6.0);
  EXPECT_EQ(spread.clusters, 4U);  // three degrees of freedom and one
}

TEST(Spread, of_fixed_prompts_is_zero_if_one_has_a_single_image) {
  EXPECT_EQ(spread_of({1.0, 3.0, 0.0}, {{0, 0, 1}, {0, 1, 2}, {0, 0, 1}}).clusters, 0U);
}

TEST(Spread, of_one_cluster_is_zero) {
  EXPECT_EQ(spread_of({1.0, -1.0}, {{0, 0}, {0, 1}}).std_error, 0.0);
  EXPECT_EQ(spread_of({1.0, -1.0}, {{0, 0}, {0, 1}}).clusters, 1U);
}

}  // namespace
}  // namespace tise::metrics
