#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "metrics/samples_of.h"
#include "tise/metrics/frechet.h"

namespace tise::metrics {
namespace {

using testing::compute;
using testing::golden;
using testing::golden_rows;
using testing::images_with_features;

Moments moments_of(const at::Tensor& rows) {
  MomentsAccumulator accumulator;
  accumulator.add(rows);
  return accumulator.moments();
}

RealFeatures real_of(const at::Tensor& rows) { return {moments_of(rows), /*verified=*/true}; }

TEST(Moments, keep_their_digits_if_the_mean_is_large) {
  const at::Tensor rows = golden_rows(1, 3000, 4).to(at::kDouble);
  const Moments near = moments_of(rows);
  MomentsAccumulator far;
  for (const at::Tensor& block : (rows + 1e6).split(100)) far.add(block);
  EXPECT_LT((far.moments().covariance - near.covariance).abs().max().item<double>(), 1e-9);
  EXPECT_LT((far.moments().mean - 1e6 - near.mean).abs().max().item<double>(), 1e-9);
}

TEST(Moments, do_not_depend_on_order_or_chunks) {
  const at::Tensor rows = golden_rows(1, 500, 6);
  MomentsAccumulator one_by_one;
  testing::group_of({{"features", rows}}, {.chunk = 1, .shuffle = 4})
      .visit({"features"}, [&](const Rows& row) { one_by_one.add(row.at("features")); });
  const Moments whole = moments_of(rows);
  const Moments pieces = one_by_one.moments();
  EXPECT_LT((pieces.covariance - whole.covariance).abs().max().item<double>(), 1e-12);
  EXPECT_LT((pieces.mean - whole.mean).abs().max().item<double>(), 1e-12);
  EXPECT_EQ(pieces.count, 500);
}

TEST(Moments, of_wide_rows_are_symmetric_and_agree_with_the_definition) {
  const at::Tensor rows = golden_rows(1, 70, 1300).to(at::kDouble);  // more than one block each way
  const at::Tensor centred = rows - rows.mean(0);
  const Moments moments = moments_of(rows);
  EXPECT_LT((moments.covariance - centred.t().matmul(centred) / 69.0).abs().max().item<double>(), 1e-12);
  EXPECT_TRUE(moments.covariance.equal(moments.covariance.t()));
}

TEST(Moments, divide_by_one_less_than_the_count) {
  const Moments moments = moments_of(torch::tensor({{1.0, 2.0}, {3.0, 2.0}}));
  EXPECT_TRUE(moments.covariance.equal(torch::tensor({{2.0, 0.0}, {0.0, 0.0}}, at::kDouble)));
  EXPECT_FALSE(moments_of(torch::ones({1, 2})).covariance.defined());
}

TEST(Fid, of_gaussians_in_one_dimension_is_the_closed_form) {
  // (3 - 1)² + (2 - 5)²
  const Moments a{torch::tensor({3.0}, at::kDouble), torch::tensor({{4.0}}, at::kDouble), 10};
  const Moments b{torch::tensor({1.0}, at::kDouble), torch::tensor({{25.0}}, at::kDouble), 10};
  EXPECT_DOUBLE_EQ(frechet_distance(a, b), 13.0);
}

TEST(Fid, of_covariances_that_commute_is_the_closed_form) {
  const at::Tensor axes = std::get<0>(torch::linalg_qr(golden_rows(8, 30, 30).to(at::kDouble)));
  const at::Tensor x = torch::linspace(0.1, 3.0, 30, at::kDouble);
  const at::Tensor y = torch::linspace(2.0, 0.5, 30, at::kDouble);
  const auto with = [&](const at::Tensor& deviations) {
    return Moments{torch::zeros({30}, at::kDouble), (axes * deviations.square()).matmul(axes.t()), 0};
  };
  EXPECT_NEAR(frechet_distance(with(x), with(y)), (x - y).square().sum().item<double>(), 1e-10);
}

TEST(Fid, summed_in_parts_is_that_of_all_rows) {
  const at::Tensor rows = golden_rows(1, 500, 6);
  const RealFeatures real = real_of(golden_rows(2, 400, 6) + 0.1);
  const double whole = frechet_distance(moments_of(rows), real.moments);
  EXPECT_NEAR(compute("FID", images_with_features(rows), {}, &real).value.value(), whole, 1e-12 * whole);
}

/// Three parts of some rows, of 40%, 10% and 50%.
std::vector<MomentsAccumulator> in_three_parts(const at::Tensor& rows) {
  std::vector<MomentsAccumulator> parts(3);
  const std::int64_t n = rows.size(0);
  parts[0].add(rows.slice(0, 0, 4 * n / 10));
  parts[1].add(rows.slice(0, 4 * n / 10, n / 2));
  parts[2].add(rows.slice(0, n / 2));
  return parts;
}

TEST(Fid, of_consecutive_parts_is_that_of_their_rows) {
  constexpr std::int64_t kWidth = 300;        // more than one block of columns
  for (const std::int64_t n : {4000, 200}) {  // no covariance is singular; all are
    const at::Tensor rows = golden_rows(1, n, kWidth);
    const Moments real = moments_of(golden_rows(2, 5000, kWidth) * 1.5 + 0.1);
    const PartedDistances distances(in_three_parts(rows), real);
    const auto expect = [&](std::size_t first, std::size_t end, std::int64_t begin_row,
                            std::int64_t end_row) {
      const double whole = frechet_distance(moments_of(rows.slice(0, begin_row, end_row)), real);
      EXPECT_NEAR(distances.pair(first, end).distance(), whole, 1e-11 * whole) << first << " to " << end;
      EXPECT_EQ(distances.count(first, end), end_row - begin_row);
    };
    expect(0, 3, 0, n);
    expect(0, 2, 0, n / 2);
    expect(1, 3, 4 * n / 10, n);
    expect(2, 3, n / 2, n);
  }
}

TEST(Fid, of_wide_rows_has_the_influences_of_the_formula) {
  constexpr std::int64_t kWidth = 300;
  const at::Tensor rows = golden_rows(1, 700, kWidth);
  const Moments own = moments_of(rows);
  const Moments real = moments_of(golden_rows(2, 900, kWidth) * 1.5 + 0.1);
  // M = Σ^-½ (Σ^½ Σᵣ Σ^½)^½ Σ^-½
  const auto power = [](const at::Tensor& matrix, double exponent) {
    const auto [values, vectors] = torch::linalg_eigh(matrix);
    return (vectors * values.pow(exponent)).matmul(vectors.t());
  };
  const at::Tensor root = power(own.covariance, 0.5);
  const at::Tensor inverse = power(own.covariance, -0.5);
  const at::Tensor map =
      inverse.matmul(power(root.matmul(real.covariance).matmul(root), 0.5)).matmul(inverse);
  const at::Tensor x = rows.to(at::kDouble) - own.mean;
  const at::Tensor gradient = torch::eye(kWidth, at::kDouble) - map;
  const at::Tensor expected = 2.0 * x.matmul(own.mean - real.mean) +
                              700.0 / 699.0 * (x.matmul(gradient) * x).sum(1) -
                              gradient.matmul(own.covariance).trace();

  const PartedDistances parts(in_three_parts(rows), real);  // by the real factor; then by the rows' own
  for (const GaussianPair& pair : {parts.pair(0, 3), GaussianPair(own, real)}) {
    const at::Tensor influence = FrechetInfluence(FrechetDistance(pair), at::kCPU).of(rows);
    EXPECT_LT((influence - expected).abs().max().item<double>(), 1e-5 * expected.abs().max().item<double>());
  }
}

TEST(Fid, agrees_with_pytorch_fid_and_torch_fidelity) {
  for (const auto& expected : golden("fid")) {
    const std::int64_t width = expected.at("width");
    const Samples samples = images_with_features(golden_rows(1, expected.at("n"), width));
    const RealFeatures real = real_of(golden_rows(2, expected.at("n_real"), width) + 0.25);
    const double value = compute("FID", samples, {}, &real).value.value();
    const double theirs = expected.at("pytorch_fid");
    EXPECT_NEAR(value, theirs, 1e-8 * theirs);
    EXPECT_NEAR(value, expected.at("torch_fidelity"), 1e-8 * theirs);
  }
}

TEST(Fid, of_the_tise_protocol_drops_a_batch_of_50_that_is_not_full) {
  const at::Tensor rows = golden_rows(1, 122, 8);
  const RealFeatures real = real_of(golden_rows(2, 90, 8));
  const Result result = compute("FID", images_with_features(rows), testing::tise_protocol(), &real);
  EXPECT_NEAR(result.value.value(),
              compute("FID", images_with_features(rows.slice(0, 0, 100)), {}, &real).value.value(), 1e-10);
  EXPECT_EQ(result.n, 100U);
  EXPECT_EQ(result.details["dropped"], 22);
  EXPECT_EQ(
      compute("FID", images_with_features(rows.slice(0, 0, 49)), testing::tise_protocol(), &real).reason,
      "49 images: protocol tise uses only full batches of 50");
}

TEST(Fid, of_a_set_with_itself_is_zero) {
  for (const std::int64_t n : {20, 1000}) {  // singular; not singular
    const at::Tensor rows = golden_rows(1, n, 64);
    const RealFeatures real = real_of(rows);
    const double trace = real.moments.covariance.trace().item<double>();
    EXPECT_LT(compute("FID", images_with_features(rows), {}, &real).value.value(), 1e-6 * trace);
  }
}

TEST(Fid, does_not_depend_on_order_or_chunks) {
  const at::Tensor rows = golden_rows(1, 300, 8);
  const RealFeatures real = real_of(golden_rows(2, 300, 8));
  const double whole = compute("FID", images_with_features(rows), {}, &real).value.value();
  EXPECT_NEAR(
      compute("FID", images_with_features(rows, {.chunk = 11, .shuffle = 2}), {}, &real).value.value(), whole,
      1e-12);
}

TEST(Fid, of_equal_images_is_their_distance_and_the_real_variance) {
  const at::Tensor real_rows = golden_rows(2, 300, 8);
  const RealFeatures real = real_of(real_rows);
  const Result result = compute("FID", images_with_features(torch::ones({20, 8})), {}, &real);
  const double expected = (1.0 - real.moments.mean).square().sum().item<double>() +
                          real.moments.covariance.trace().item<double>();
  EXPECT_NEAR(result.value.value(), expected, 1e-12);
}

TEST(Fid, reports_what_is_missing) {
  const RealFeatures real = real_of(golden_rows(2, 30, 8));
  EXPECT_EQ(compute("FID", images_with_features(torch::ones({5, 8}))).reason, "no real images given");
  EXPECT_EQ(compute("FID", images_with_features(torch::ones({0, 8})), {}, &real).reason, "no images");
  EXPECT_EQ(compute("FID", images_with_features(torch::ones({1, 8})), {}, &real).reason,
            "1 image: covariance needs 2");
  EXPECT_EQ(compute("FID", images_with_features(torch::ones({5, 3})), {}, &real).reason,
            "the real statistics have 8 dimensions, the network's features have 3");
  EXPECT_EQ(compute("FID", images_with_features(torch::full({5, 8}, NAN)), {}, &real).reason,
            "a feature of the images is not finite");
  const RealFeatures one = real_of(torch::ones({1, 8}));
  EXPECT_EQ(compute("FID", images_with_features(torch::ones({5, 8})), {}, &one).reason,
            "1 real image: covariance needs 2");
  EXPECT_EQ(
      compute("FID", images_with_features(torch::ones({49, 8})), testing::tise_protocol(), &real).reason,
      "49 images: protocol tise uses only full batches of 50");
  const RealFeatures none;
  EXPECT_EQ(
      compute("FID", images_with_features(torch::ones({50, 8})), testing::tise_protocol(), &none).reason,
      "fewer than 50 real images: protocol tise uses only full batches of 50");
}

TEST(Fid, warns_of_few_images_and_of_statistics_of_unknown_origin) {
  RealFeatures real = real_of(golden_rows(2, 30, 8));
  const RealFeatures few_real = real_of(golden_rows(2, 7, 8));
  const Samples few = images_with_features(golden_rows(1, 5, 8));
  EXPECT_THAT(compute("FID", few, {}, &few_real).warnings,
              ::testing::ElementsAre(::testing::StartsWith("5 images and 7 real images for 8 dimensions")));
  EXPECT_THAT(compute("FID", few, {}, &real).warnings,
              ::testing::ElementsAre(::testing::StartsWith("5 images for 8 dimensions")));
  real.verified = false;
  const Result result = compute("FID", images_with_features(golden_rows(1, 20, 8)), {}, &real);
  EXPECT_EQ(result.details.at("unverified"), true);
  EXPECT_EQ(result.details.at("n_real"), 30);
  EXPECT_EQ(result.warnings.size(), 1U);
}

TEST(Fid, of_features_far_from_zero_has_influences_that_sum_to_zero) {
  const at::Tensor rows = 0.01 * golden_rows(1, 400, 4) + 1000;
  const RealFeatures real = real_of((0.01 * golden_rows(2, 300, 4) + 1000.02).to(at::kDouble));
  const Result result = compute("FID", images_with_features(rows), {}, &real);
  double sum = 0.0;
  double squares = 0.0;
  for (const auto& influence : result.influence) {
    sum += *influence;
    squares += *influence * *influence;
  }
  EXPECT_LT(std::abs(sum) / 400, 1e-5 * std::sqrt(squares / 400));
}

}  // namespace
}  // namespace tise::metrics
