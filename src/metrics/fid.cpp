// Fréchet Inception Distance (FID), Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to
// a Local Nash Equilibrium", NeurIPS 2017; torch-fidelity, pytorch-fid, clean-fid.
//
//     FID = ‖μ−μᵣ‖² + tr(Σ + Σᵣ − 2 (ΣΣᵣ)^½),   covariances with n − 1   (frechet.cpp)
//
// FID of n images is too large by about a constant over n (`bias`). `extrapolated` removes the bias: it is
// the line through the values at n and n/2, evaluated at 1/n = 0 (Chong, Forsyth, "Effectively Unbiased FID
// and Inception Score and Where to Find Them", CVPR 2020):
//
//     FID∞ = FID(n) − bias = 2 FID(n) − (FID(first half) + FID(second half)) / 2
//
// Its standard error is FID's own, since to first order both halves together vary with the whole. A fixed
// permutation splits the images; images that vary together (those of one caption, say) stay in one half.
//
// `extrapolated` is null if the bias isn't proportional to 1/n: if the parabola through n, n/2 and n/4 ends
// farther from the line than the standard error. It is also null if the images can't be split, or if a
// quarter has no full covariance, which would bend the parabola. So it takes about 4F images for F
// dimensions.
//
// With Protocol::kTise the last batch of 50 images is dropped if it isn't full (`dropped`), as in the TISE
// toolbox's loader.
//
// Departures: pytorch-fid and clean-fid compute the matrix root of ΣΣᵣ by a Schur decomposition, and add 1e-6
// to the variances if that fails; torch-fidelity takes the eigenvalues of the unsymmetric product. The value
// is the same whenever theirs is sound, and singular covariances need no such fallback here. Chong and
// Forsyth fit the line to 15 random subsets; here it goes through the values at n and n/2, and nothing is
// random.

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include "tise/base/concat.h"
#include "tise/base/names.h"
#include "tise/base/side_by_side.h"
#include "tise/metrics/bias.h"
#include "tise/metrics/clusters.h"
#include "tise/metrics/frechet.h"
#include "tise/metrics/influence.h"
#include "tise/metrics/metrics.h"
#include "tise/metrics/row_blocks.h"
#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

/// The standard error was found accurate to 10% with at least kRowsADimension rows per dimension, for a value
/// of at least kFloors times the null floor (docs/dev/errors.md).
constexpr std::int64_t kRowsADimension = 20;
constexpr double kFloors = 5.0;

/// The number of rows gathered, and their width.
struct Gathered {
  explicit Gathered(const std::vector<MomentsAccumulator>& sums) {
    for (const MomentsAccumulator& sum : sums) {
      count += sum.count();
      if (sum.count() > 0) dimensions = sum.outline().mean.size(0);
    }
  }
  std::int64_t count = 0;
  std::int64_t dimensions = 0;
};

std::string why_undefined(const std::vector<MomentsAccumulator>& sums, const Gathered& rows,
                          std::size_t given, const Moments& real, const std::string& noun,
                          Protocol protocol) {
  if (rows.count == 0 && given > 0) return concat(counted(given, noun), ": ", kNoFullBatch);
  if (rows.count < 2) return counted(rows.count, noun) + ": covariance needs 2";
  if (!real.covariance.defined()) {
    if (real.count == 0 && protocol == Protocol::kTise) {
      return concat("fewer than 50 real ", noun, "s: ", kNoFullBatch);
    }
    return counted(real.count, "real " + noun) + ": covariance needs 2";
  }
  if (rows.dimensions != real.mean.size(0)) {
    return "the real statistics have " + std::to_string(real.mean.size(0)) +
           " dimensions, the network's features have " + std::to_string(rows.dimensions);
  }
  if (!std::ranges::all_of(sums, &MomentsAccumulator::is_finite))
    return "a feature of the " + noun + "s is not finite";
  if (!all_finite(real)) return "the real statistics are not finite";
  return "";
}

/// `real_count`: 0 if the statistics don't state it.
void warn_of_few(Result& result, std::int64_t count, std::int64_t real_count, const std::string& noun,
                 std::int64_t dimensions) {
  std::vector<std::string> few;
  if (count < dimensions) few.push_back(counted(count, noun));
  if (real_count > 0 && real_count < dimensions) few.push_back(counted(real_count, "real " + noun));
  if (few.empty()) return;
  result.warnings.push_back(
      concat(joined(few, " and "), " for ", dimensions,
             " dimensions: the distance is too large; compare it only at equal numbers"));
}

/// Accumulates the moments of each part of the rows, many rows at a time.
class PartSums {
 public:
  explicit PartSums(c10::Device device) : sums_(kParts, MomentsAccumulator(device)) {}

  void add(const RowBlock& block, const Parts& parts) {
    std::array<std::vector<std::int64_t>, kParts> rows;
    for (std::size_t row = 0; row < block.images.size(); ++row)
      rows[static_cast<std::size_t>(parts.of(block.images[row]))].push_back(static_cast<std::int64_t>(row));
    for (std::size_t part = 0; part < kParts; ++part) {
      const at::Tensor index = at::tensor(rows[part], at::kLong).to(block.rows.device());
      waiting_[part].push_back(block.rows.index_select(0, index));
      count_[part] += index.size(0);
      if (count_[part] >= kWaiting) flush(part);
    }
  }

  /// Returns the sums by Part, and clears them.
  std::vector<MomentsAccumulator> take() {
    for (std::size_t part = 0; part < kParts; ++part) flush(part);
    return std::exchange(sums_, {});
  }

 private:
  static constexpr std::int64_t kWaiting = 1024;

  void flush(std::size_t part) {
    if (count_[part] > 0) sums_[part].add(at::cat(waiting_[part]));
    waiting_[part].clear();
    count_[part] = 0;
  }

  std::vector<MomentsAccumulator> sums_;
  std::array<std::vector<at::Tensor>, kParts> waiting_;
  std::array<std::int64_t, kParts> count_{};
};

/// Consecutive parts, by Part, and the distance of all of them together; nullopt if they have no covariance.
struct Stretch {
  std::size_t first;
  std::size_t end;
  std::optional<AtSize> distance = {};
};

/// The distances of all rows, of the two halves, and of the first half's quarters.
struct Distances {
  std::optional<FrechetDistance> whole;
  std::array<Stretch, 2> halves{{{0, 2}, {2, 3}}};
  std::array<Stretch, 2> quarters{{{0, 1}, {1, 2}}};  ///< no distances unless all have full covariances
};

/// Consumes the sums.
Distances distances_of(std::vector<MomentsAccumulator> sums, const Moments& real) {
  Distances distances;
  const auto has_full = [&](const MomentsAccumulator& sum) { return sum.count() > real.mean.size(0); };
  const bool has_full_quarters = std::ranges::all_of(sums, has_full);
  if (!has_full_quarters) {
    sums[0].add(sums[1]);
    sums[1] = MomentsAccumulator();
  }
  const PartedDistances parts(std::move(sums), real);
  std::vector<Stretch*> stretches;
  const auto want = [&](std::array<Stretch, 2>& both) {
    for (Stretch& one : both) stretches.push_back(&one);
  };
  if (std::ranges::all_of(distances.halves,
                          [&](const Stretch& half) { return parts.count(half.first, half.end) >= 2; }))
    want(distances.halves);
  if (has_full_quarters) want(distances.quarters);
  side_by_side(static_cast<std::int64_t>(stretches.size()) + 1, [&](std::int64_t i) {
    if (i == 0) return void(distances.whole.emplace(parts.pair(0, kParts)));  // takes longest
    Stretch& one = *stretches[static_cast<std::size_t>(i - 1)];
    one.distance = at_size(parts.pair(one.first, one.end).distance(),
                           static_cast<std::size_t>(parts.count(one.first, one.end)));
  });
  return distances;
}

/// Adds the bias, and the extrapolation or why it is unknown. `why_whole`: why the images can't be split.
void extrapolate(Result& result, const Distances& distances, std::int64_t dimensions,
                 const std::string& why_whole, double std_error) {
  const AtSize whole = *at_size(*result.value, result.n);
  const std::optional<AtSize>& half = distances.halves[0].distance;
  const auto halves = mean_of(half, distances.halves[1].distance);
  result.bias = halves ? std::optional(bias_of(whole, *halves)) : std::nullopt;
  if (static_cast<std::int64_t>(result.n) < 2 * dimensions + 2) return;
  auto& said = result.details["extrapolated"];
  const auto leave_out = [&](const std::string& reason) { said = {{"value", nullptr}, {"reason", reason}}; };
  if (!why_whole.empty()) return leave_out(why_whole);
  const auto quarters = mean_of(distances.quarters[0].distance, distances.quarters[1].distance);
  if (!halves || !quarters)
    return leave_out(
        "a quarter of the samples is not enough for a full covariance, so it is unknown whether the bias is "
        "proportional to 1/n");
  if (std::abs(curvature_of(whole, *halves, *half, *quarters)) > std_error)
    return leave_out(
        "the bias is not proportional to 1/n: a line through n and n/2 and a parabola through n, n/2 and n/4 "
        "extrapolate differently");
  said = {{"value", whole.value - *result.bias}, {"std_error", std_error}};
}

std::string why_poor(const FrechetDistance& distance, std::int64_t n, std::int64_t dimensions,
                     const std::string& noun) {
  if (n < kRowsADimension * dimensions) {
    return concat("probably too large, with ", counted(n, noun), " for ", dimensions,
                  " dimensions; at least 20 per dimension are needed");
  }
  if (distance.value() < kFloors * distance.null_floor()) {
    return "probably too large, since the value is close to what " + noun + "s like the real ones would get";
  }
  return "";
}

/// What the first pass gathers and the second one needs.
struct Measuring {
  ColumnRows rows;
  Parts parts;
  PartSums sums;
  Distances distances = {};
  std::optional<FrechetInfluence> influence = {};
  std::vector<double> shares = {};  ///< by image: its part of the value's deviation
};

/// The value with everything but its influences, which take the second pass.
Result described(const Measuring& of, std::int64_t count, const RealFeatures& real) {
  Result result = Result::of(of.distances.whole->value(), static_cast<std::size_t>(count));
  if (result.n < of.rows.count()) result.details["dropped"] = of.rows.count() - result.n;
  put_real(result, real, real.moments.count);
  const std::int64_t dimensions = real.moments.mean.size(0);
  warn_of_few(result, count, real.moments.count, of.rows.noun, dimensions);
  result.poor_expansion = why_poor(*of.distances.whole, count, dimensions, of.rows.noun);
  return result;
}

Result with_influence(const Reading& reading, const Measuring& of, Result result) {
  result.influence = influence_of_images(reading.samples, reading.metric, of.rows.images, of.shares);
  extrapolate(result, of.distances, reading.real->moments.mean.size(0), of.parts.reason,
              spread_of(result.influence, clusters_of(reading.samples, Prompts::kSampled)).std_error);
  put_crops(result, reading);
  return result;
}

/// Computes the distance, then starts a second pass for the influences.
Step distance_of(const Reading& reading, const std::shared_ptr<Measuring>& of) {
  const Moments& real = reading.real->moments;
  std::vector<MomentsAccumulator> sums = of->sums.take();
  const Gathered gathered(sums);
  if (std::string reason =
          why_undefined(sums, gathered, of->rows.count(), real, of->rows.noun, reading.settings.protocol);
      !reason.empty()) {
    return Result::undefined(std::move(reason));
  }
  of->distances = distances_of(std::move(sums), real);
  if (!std::isfinite(of->distances.whole->value())) return Result::undefined("the distance overflows");
  Result result = described(*of, gathered.count, *reading.real);
  of->influence.emplace(*of->distances.whole, reading.settings.device);
  of->distances.whole.reset();
  of->shares.resize(reading.samples.images.size());
  return pass_over(
      reading, of->rows,
      [of, n = static_cast<double>(gathered.count)](const RowBlock& block) {
        const at::Tensor influence = of->influence->of(block.rows);
        const auto* value = influence.const_data_ptr<double>();
        for (const std::size_t image : block.images) of->shares[image] += *value++ / n;
      },
      [=] { return with_influence(reading, *of, result); });
}

}  // namespace

Step fid(const Reading& reading) {
  const bool is_of_crops = reading.objects != nullptr;
  if (reading.real == nullptr)
    return Result::undefined(is_of_crops ? "no objects of real images given" : "no real images given");
  ColumnRows rows = column_rows(reading);
  if (rows.images.empty()) return Result::undefined("no images");
  rows.limit = fid_samples(rows.count(), reading.settings.protocol);
  if (!is_of_crops) rows.images.resize(rows.limit);
  Parts parts = parts_of(reading.samples, rows.images);
  auto of = std::make_shared<Measuring>(
      Measuring{std::move(rows), std::move(parts), PartSums(reading.settings.device)});
  return pass_over(
      reading, of->rows, [of](const RowBlock& block) { of->sums.add(block, of->parts); },
      [=] { return distance_of(reading, of); });
}

extern const Metric kFid{
    .key = "FID",
    .summary = "Fréchet distance between the Inception features of the images and of --real",
    .definition = "Fréchet distance between Gaussians fitted to the features; covariances divide by n − 1",
    .tise = kTiseFidRule,
    .aspect = "image realism",
    .higher_is_better = false,
    .role = &kFeatures,
    .real = OfReal::kMoments,
    .order = {kHalves, kLastBatch},
    .settings = {&kProtocolSetting},
    .compute = &fid};

}  // namespace tise::metrics
