// Fréchet Inception Distance (FID), Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to
// a Local Nash Equilibrium", NeurIPS 2017; torch-fidelity, pytorch-fid, clean-fid.
//
//     FID = ‖μ−μᵣ‖² + tr(Σ + Σᵣ − 2 (ΣΣᵣ)^½),   covariances with n − 1   (frechet.cpp)
//
// FID of n images is too large by about a constant over n, `bias`. From some 4F images up, F dimensions,
// `extrapolated` is the line through the values at n and n/2 at its end, 1/n = 0 (Chong, Forsyth,
// "Effectively Unbiased FID and Inception Score and Where to Find Them", CVPR 2020):
//
//     FID∞ = FID(n) − bias = 2 FID(n) − (FID(first half) + FID(second half)) / 2
//
// Its error is the value's: to first order both halves together move as the whole does. The halves are a
// fixed permutation's of what varies together (the pictures of one caption, say). There is none where the
// parabola through n, n/2 and n/4 ends farther from the line than the error: then the bias isn't one over n.
// Nor is there one where a quarter has no full covariance, which would bend the parabola.
//
// The TISE toolbox's loader (Protocol::kTise) drops the last batch of 50 where it isn't full (`dropped`).
//
// Departures: pytorch-fid and clean-fid take the matrix root of ΣΣᵣ by Schur, and add 1e-6 to the variances
// where that fails; torch-fidelity takes the eigenvalues of the unsymmetric product. The value is the same
// where theirs is sound, and ours needs no such rescue where covariances are singular. Chong and Forsyth fit
// the line to 15 subsets drawn at random; ours is to n and n/2, and draws nothing.

#include "tise/metrics/fid.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "tise/base/concat.h"
#include "tise/base/names.h"
#include "tise/metrics/bias.h"
#include "tise/metrics/clusters.h"
#include "tise/metrics/frechet.h"
#include "tise/metrics/influence.h"
#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

/// Where the error was found good to a tenth (docs/statistics.md).
constexpr std::int64_t kRowsADimension = 20;
constexpr double kFloors = 5.0;

std::string why_undefined(const Moments& evaluated, std::size_t given, const Moments& real,
                          const std::string& noun, Protocol protocol) {
  if (evaluated.count == 0 && given > 0) return concat(counted(given, noun), ": ", kNoFullBatch);
  if (evaluated.count < 2) return counted(evaluated.count, noun) + ": covariance needs 2";
  if (!real.covariance.defined()) {
    if (real.count == 0 && protocol == Protocol::kTise) {
      return concat("fewer than 50 real ", noun, "s: ", kNoFullBatch);
    }
    return counted(real.count, "real " + noun) + ": covariance needs 2";
  }
  if (evaluated.mean.size(0) != real.mean.size(0)) {
    return "real statistics have " + std::to_string(real.mean.size(0)) +
           " dimensions, the classifier's features " + std::to_string(evaluated.mean.size(0));
  }
  if (!all_finite(evaluated)) return "a feature of the " + noun + "s is not finite";
  if (!all_finite(real)) return "the real statistics are not finite";
  return "";
}

void warn_of_few(Result& result, std::int64_t count, std::string_view noun, std::int64_t dimensions) {
  if (count == 0 || count >= dimensions) return;
  result.warnings.push_back(counted(count, noun) + " for " + std::to_string(dimensions) +
                            " dimensions: FID is biased upwards, compare it only at this count");
}

/// Moments of all rows, of two halves of the images, and of the first one's quarters.
struct CutMoments {
  Moments whole;
  std::array<Moments, 2> halves;
  std::array<Moments, 2> quarters;
};

CutMoments moments_of_parts(const MetricRows& features, const Parts& parts, c10::Device device) {
  constexpr std::size_t kParts = 3;
  std::vector<MomentsAccumulator> sums(kParts, MomentsAccumulator(device));
  features.blocks([&](const RowBlock& block) {
    std::array<std::vector<std::int64_t>, kParts> rows;
    for (std::size_t row = 0; row < block.images.size(); ++row) {
      const Part part = parts.of_image.empty() ? Part::kOtherHalf : parts.of_image[block.images[row]];
      rows[static_cast<std::size_t>(part)].push_back(static_cast<std::int64_t>(row));
    }
    for (std::size_t i = 0; i < kParts; ++i) {
      const at::Tensor index = at::tensor(rows[i], at::kLong).to(block.rows.device());
      sums[i].add(block.rows.index_select(0, index));
    }
  });
  CutMoments moments;
  moments.quarters = {sums[0].moments(), sums[1].moments()};
  sums[0].add(sums[1]);
  moments.halves = {sums[0].moments(), sums[2].moments()};
  sums[0].add(sums[2]);
  moments.whole = sums[0].moments();
  return moments;
}

/// The distance of some rows from the real ones; nothing where they have no covariance.
std::optional<AtSize> distance_at_size(const Moments& rows, const Moments& real) {
  if (rows.count < 2) return std::nullopt;
  return at_size(frechet_distance(rows, real), static_cast<std::size_t>(rows.count));
}

/// The extrapolation of a value with a bias, or why there is none.
nlohmann::ordered_json extrapolated(const AtSize& whole, double bias, double curvature, double std_error) {
  if (std::abs(curvature) > std_error) {
    return {{"value", nullptr},
            {"reason",
             "the bias isn't one over n: a parabola through n, n/2 and n/4 ends elsewhere than a line"}};
  }
  return {{"value", whole.value - bias}, {"std_error", std_error}};
}

/// Puts the bias and the extrapolation. `why_whole` is why the images can't be cut.
void extrapolate(Result& result, const CutMoments& moments, const Moments& real, const std::string& why_whole,
                 double std_error) {
  const AtSize whole = *at_size(*result.value, result.n);
  const auto half = distance_at_size(moments.halves[0], real);
  const auto halves = mean_of(half, distance_at_size(moments.halves[1], real));
  result.bias = halves ? std::optional(bias_of(whole, *halves)) : std::nullopt;
  const std::int64_t dimensions = moments.whole.mean.size(0);
  if (moments.whole.count < 2 * dimensions + 2) return;
  auto& said = result.details["extrapolated"];
  if (!why_whole.empty()) {
    said = {{"value", nullptr}, {"reason", why_whole}};
    return;
  }
  const auto quarters =
      mean_of(distance_at_size(moments.quarters[0], real), distance_at_size(moments.quarters[1], real));
  const std::int64_t fewest =
      std::min({moments.quarters[0].count, moments.quarters[1].count, moments.halves[1].count});
  if (!halves || !quarters || fewest <= dimensions) {
    said = {{"value", nullptr},
            {"reason", "a quarter has no full covariance, so nothing says whether the bias is one over n"}};
    return;
  }
  said = extrapolated(whole, *result.bias, curvature_of(whole, *halves, *half, *quarters), std_error);
}

/// Each image's part of the value's deviation.
std::vector<double> shares_of_images(const MetricRows& features, std::size_t images,
                                     const FrechetDistance& distance, std::size_t n, c10::Device device) {
  std::vector<double> shares(images, 0.0);
  features.blocks([&](const RowBlock& block) {
    const at::Tensor influence = distance.influence(block.rows.to(device));
    const auto* value = influence.const_data_ptr<double>();
    for (const std::size_t image : block.images) shares[image] += *value++ / static_cast<double>(n);
  });
  return shares;
}

std::string why_poor(const FrechetDistance& distance, std::int64_t n, std::int64_t dimensions,
                     const std::string& noun) {
  if (n < kRowsADimension * dimensions) {
    return counted(n, noun) + " for " + std::to_string(dimensions) +
           " dimensions, fewer than 20 each: probably too large";
  }
  if (distance.value() < kFloors * distance.null_floor()) {
    return "the value is near what " + noun + "s like the real ones would have: probably too large";
  }
  return "";
}

}  // namespace

Result fid_of(const Samples& samples, const MetricRows& features, const RealFeatures& real,
              const Settings& settings) {
  const std::string noun(features.noun);
  const Parts parts = parts_of(samples, features.images);
  const CutMoments moments = moments_of_parts(features, parts, settings.device);
  const Moments& whole = moments.whole;
  if (std::string reason = why_undefined(whole, features.count, real.moments, noun, settings.protocol);
      !reason.empty()) {
    return Result::undefined(std::move(reason));
  }
  const FrechetDistance distance(whole, real.moments);
  if (!std::isfinite(distance.value())) return Result::undefined("the distance overflows");

  Result result = Result::of(distance.value(), static_cast<std::size_t>(whole.count));
  if (result.n < features.count) result.details["dropped"] = features.count - result.n;
  if (real.moments.count > 0) result.details["n_real"] = real.moments.count;
  const std::int64_t dimensions = whole.mean.size(0);
  if (!real.verified) {
    result.details["unverified"] = true;
    result.warnings.emplace_back(
        "the real statistics do not say that this network and preparation made them");
  }
  warn_of_few(result, whole.count, noun, dimensions);
  warn_of_few(result, real.moments.count, "real " + noun, dimensions);
  result.influence = influence_of_images(
      samples, features.metric, features.images,
      shares_of_images(features, samples.images.size(), distance, result.n, settings.device));
  result.poor_expansion = why_poor(distance, whole.count, dimensions, noun);
  extrapolate(result, moments, real.moments, parts.reason,
              spread_of(result.influence, clusters_of(samples, Prompts::kSampled)).std_error);
  return result;
}

Result fid(const Samples& samples, const Reference* real, const Settings& settings) {
  if (real == nullptr || !real->images) return Result::undefined("no real images given");
  MetricRows features{kFidKey, "image", images_for(samples, kFidKey), {}, 0};
  if (features.images.empty()) return Result::undefined("no images");
  if (!samples.fid) return Result::undefined("no image features");
  features.count = features.images.size();
  features.images.resize(fid_samples(features.count, settings.protocol));
  features.blocks = image_blocks(samples.fid, features.images, &ImageRows::features);
  return fid_of(samples, features, *real->images, settings);
}

}  // namespace tise::metrics
