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

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include "tise/base/concat.h"
#include "tise/base/names.h"
#include "tise/metrics/bias.h"
#include "tise/metrics/clusters.h"
#include "tise/metrics/frechet.h"
#include "tise/metrics/influence.h"
#include "tise/metrics/metrics.h"
#include "tise/metrics/row_blocks.h"
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

/// Takes the rows of a block into the sums of their parts.
void add_rows(std::vector<MomentsAccumulator>& sums, const RowBlock& block, const Parts& parts) {
  std::vector<std::vector<std::int64_t>> rows(sums.size());
  for (std::size_t row = 0; row < block.images.size(); ++row)
    rows[static_cast<std::size_t>(parts.of(block.images[row]))].push_back(static_cast<std::int64_t>(row));
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const at::Tensor index = at::tensor(rows[i], at::kLong).to(block.rows.device());
    sums[i].add(block.rows.index_select(0, index));
  }
}

/// Puts all sums together, in the first of them.
CutMoments cut_moments(std::vector<MomentsAccumulator>& sums) {
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

/// Puts the bias, and the extrapolation or why there is none. `why_whole` is why the images can't be cut.
void extrapolate(Result& result, const CutMoments& moments, const Moments& real, const std::string& why_whole,
                 double std_error) {
  const AtSize whole = *at_size(*result.value, result.n);
  const auto half = distance_at_size(moments.halves[0], real);
  const auto halves = mean_of(half, distance_at_size(moments.halves[1], real));
  result.bias = halves ? std::optional(bias_of(whole, *halves)) : std::nullopt;
  const std::int64_t dimensions = moments.whole.mean.size(0);
  if (moments.whole.count < 2 * dimensions + 2) return;
  auto& said = result.details["extrapolated"];
  const auto leave_out = [&](const std::string& reason) { said = {{"value", nullptr}, {"reason", reason}}; };
  if (!why_whole.empty()) return leave_out(why_whole);
  const auto quarters =
      mean_of(distance_at_size(moments.quarters[0], real), distance_at_size(moments.quarters[1], real));
  const std::int64_t fewest =
      std::min({moments.quarters[0].count, moments.quarters[1].count, moments.halves[1].count});
  if (!halves || !quarters || fewest <= dimensions)
    return leave_out("a quarter has no full covariance, so nothing says whether the bias is one over n");
  if (std::abs(curvature_of(whole, *halves, *half, *quarters)) > std_error)
    return leave_out(
        "the bias isn't one over n: a parabola through n, n/2 and n/4 ends elsewhere than a line");
  said = {{"value", whole.value - *result.bias}, {"std_error", std_error}};
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

/// What a pass gathers and the next one needs.
struct Measuring {
  ColumnRows rows;
  Parts parts;
  std::vector<MomentsAccumulator> sums;  ///< by Part
  CutMoments moments = {};
  std::optional<FrechetDistance> distance = {};
  std::vector<double> shares = {};  ///< of each image, its part of the value's deviation
};

/// The value with what is known of it before its influences are.
Result described(const Measuring& of, const RealFeatures& real) {
  Result result = Result::of(of.distance->value(), static_cast<std::size_t>(of.moments.whole.count));
  if (result.n < of.rows.count()) result.details["dropped"] = of.rows.count() - result.n;
  if (real.moments.count > 0) result.details["n_real"] = real.moments.count;
  if (!real.verified) {
    result.details["unverified"] = true;
    result.warnings.emplace_back(
        "the real statistics do not say that this network and preparation made them");
  }
  const std::int64_t dimensions = of.moments.whole.mean.size(0);
  warn_of_few(result, of.moments.whole.count, of.rows.noun, dimensions);
  warn_of_few(result, real.moments.count, "real " + of.rows.noun, dimensions);
  return result;
}

Result with_influence(const Reading& reading, const Measuring& of, Result result) {
  const Moments& whole = of.moments.whole;
  result.influence = influence_of_images(reading.samples, reading.metric, of.rows.images, of.shares);
  result.poor_expansion = why_poor(*of.distance, whole.count, whole.mean.size(0), of.rows.noun);
  extrapolate(result, of.moments, reading.real->moments, of.parts.reason,
              spread_of(result.influence, clusters_of(reading.samples, Prompts::kSampled)).std_error);
  put_crops(result, reading);
  return result;
}

/// The distance; then a second pass for the influences.
Step distance_of(const Reading& reading, const std::shared_ptr<Measuring>& of) {
  const RealFeatures& real = *reading.real;
  of->moments = cut_moments(of->sums);
  if (std::string reason = why_undefined(of->moments.whole, of->rows.count(), real.moments, of->rows.noun,
                                         reading.settings.protocol);
      !reason.empty()) {
    return Result::undefined(std::move(reason));
  }
  of->distance.emplace(of->moments.whole, real.moments);
  if (!std::isfinite(of->distance->value())) return Result::undefined("the distance overflows");
  of->shares.resize(reading.samples.images.size());
  return pass_over(
      reading, of->rows,
      [of, device = reading.settings.device](const RowBlock& block) {
        const at::Tensor influence = of->distance->influence(block.rows.to(device));
        const auto n = static_cast<double>(of->moments.whole.count);
        const auto* value = influence.const_data_ptr<double>();
        for (const std::size_t image : block.images) of->shares[image] += *value++ / n;
      },
      [=] { return with_influence(reading, *of, described(*of, *reading.real)); });
}

}  // namespace

Step fid(const Reading& reading) {
  const bool is_of_crops = reading.objects != nullptr;
  if (reading.real == nullptr)
    return Result::undefined(is_of_crops ? "no objects of real images" : "no real images given");
  ColumnRows rows = column_rows(reading);
  if (rows.images.empty()) return Result::undefined("no images");
  rows.limit = fid_samples(rows.count(), reading.settings.protocol);
  if (!is_of_crops) rows.images.resize(rows.limit);
  Parts parts = parts_of(reading.samples, rows.images);
  std::vector<MomentsAccumulator> sums(kParts, MomentsAccumulator(reading.settings.device));
  auto of = std::make_shared<Measuring>(Measuring{std::move(rows), std::move(parts), std::move(sums)});
  return pass_over(
      reading, of->rows, [of](const RowBlock& block) { add_rows(of->sums, block, of->parts); },
      [=] { return distance_of(reading, of); });
}

const Metric kFid{.key = "FID",
                  .summary = "Fréchet distance of the Inception features to those of --real",
                  .definition = "Fréchet distance of the features' Gaussians; covariances divide by n − 1",
                  .tise = kTiseFidRule,
                  .aspect = "image realism",
                  .higher_is_better = false,
                  .role = &kFeatures,
                  .reads_real = true,
                  .reads_order = true,
                  .settings = {&kProtocolSetting},
                  .compute = &fid};

}  // namespace tise::metrics
