// Kernel Inception Distance (KID), Bińkowski et al., "Demystifying MMD GANs", ICLR 2018; of the features of
// any network. torch-fidelity 0.4.0, clean-fid, torchmetrics.
//
//     KID = mean k(x, x') + mean k(y, y') − 2 mean k(x, y),   k(x, y) = (x · y / d + 1)³,  d features
//
// where a row's pair with itself doesn't count: unbiased (a U-statistic). `full` (the default) takes all
// pairs of all rows. `subsets` is the reference implementations' estimator: the mean over 100 subsets of
// 1,000 images and 1,000 real ones, as torch-fidelity draws them: with one numpy generator, without
// replacement, of the images first. `std` is the deviation over the subsets, which is not an error of the
// mean.
//
// Departures: none at 1,000 images and 1,000 real ones, where every draw has all of them. clean-fid and
// torchmetrics draw without a seed.

#include <ATen/ATen.h>

#include <array>
#include <cmath>
#include <numeric>

#include "kernel_distance.h"
#include "tise/base/names.h"
#include "tise/base/side_by_side.h"
#include "tise/metrics/metrics.h"
#include "tise/metrics/row_blocks.h"
#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

constexpr std::size_t kSubsets = 100;
constexpr std::size_t kSubsetSize = 1000;
/// Subsets in memory at a time: 260 MB of 2,048 features.
constexpr std::size_t kSubsetsAtATime = 16;
constexpr std::string_view kNotFinite = "a feature is not finite, or too large";

/// (x · y / d + 1)³ of products [r, c]
at::Tensor polynomial_kernel(const at::Tensor& products, double dimensions) {
  const at::Tensor base = products.div(dimensions).add_(1.0);
  return base.square().mul_(base);
}

/// Which rows the subsets draw, of the images and of the real ones.
struct Draw {
  std::array<std::vector<std::size_t>, 2> places;
};

std::vector<Draw> draws_of(std::uint32_t seed, std::size_t images, std::size_t real) {
  NumpyRandom random(seed);
  std::vector<Draw> draws(kSubsets);
  for (Draw& draw : draws) {
    draw.places = {random.choice(images, kSubsetSize), random.choice(real, kSubsetSize)};
  }
  return draws;
}

/// The rows of a side of some draws, [draws, kSubsetSize, d] float32.
at::Tensor drawn_rows(const PlacedRows& rows, std::span<const Draw> draws, std::size_t side) {
  std::vector<std::vector<std::int64_t>> wanted(rows.count);  // of each place where its row goes
  for (std::size_t d = 0; d < draws.size(); ++d) {
    const std::vector<std::size_t>& places = draws[d].places.at(side);
    for (std::size_t i = 0; i < places.size(); ++i)
      wanted[places[i]].push_back(static_cast<std::int64_t>(d * kSubsetSize + i));
  }
  at::Tensor drawn;
  rows.visit([&](const RowBlock& block) {
    std::vector<std::int64_t> from;
    std::vector<std::int64_t> to;
    for (std::size_t row = 0; row < block.places.size(); ++row) {
      for (const std::int64_t place : wanted[block.places[row]]) {
        from.push_back(static_cast<std::int64_t>(row));
        to.push_back(place);
      }
    }
    if (!drawn.defined()) {
      const auto count = static_cast<std::int64_t>(draws.size() * kSubsetSize);
      drawn = at::empty({count, block.rows.size(1)}, at::kFloat);
    }
    if (from.empty()) return;
    const auto index = [](const std::vector<std::int64_t>& numbers) {
      return at::tensor(numbers, at::kLong);
    };
    drawn.index_copy_(0, index(to), block.rows.index_select(0, index(from)).to(at::kFloat));
  });
  return drawn.view({static_cast<std::int64_t>(draws.size()), static_cast<std::int64_t>(kSubsetSize), -1});
}

/// Over two subsets, [n, d] each.
double kid_of(const at::Tensor& images, const at::Tensor& real) {
  const auto d = static_cast<double>(images.size(1));
  const auto n = static_cast<double>(kSubsetSize);
  const auto sum = [&](const at::Tensor& a, const at::Tensor& b, bool leaves_out_self) {
    at::Tensor kernel = polynomial_kernel(at::mm(a, b.t()), d);
    if (leaves_out_self) kernel.fill_diagonal_(0.0);
    return kernel.sum(at::kDouble).item<double>();
  };
  return (sum(images, images, true) + sum(real, real, true)) / (n * (n - 1.0)) -
         2.0 * sum(images, real, false) / (n * n);
}

Step kid_of_subsets(const Reading& reading) {
  if (std::string why = why_no_rows(reading); !why.empty()) return Result::undefined(std::move(why));
  const ColumnRows rows = column_rows(reading);
  const PlacedRows images = placed_rows(reading, rows);
  const PlacedRows& real = reading.real->rows;
  const auto too_few = [](std::size_t count, std::string_view noun) {
    return Result::undefined(counted(count, noun) + ": the subsets need 1000");
  };
  if (images.count < kSubsetSize) return too_few(images.count, "image");
  if (real.count < kSubsetSize) return too_few(real.count, "real image");
  const std::vector<Draw> draws = draws_of(reading.settings.seed, images.count, real.count);
  std::vector<double> values(kSubsets);
  for (std::size_t first = 0; first < kSubsets; first += kSubsetsAtATime) {
    const auto some = std::span(draws).subspan(first, std::min(kSubsetsAtATime, kSubsets - first));
    const at::Tensor a = drawn_rows(images, some, 0);
    const at::Tensor b = drawn_rows(real, some, 1);
    side_by_side(static_cast<std::int64_t>(some.size()),
                 [&](std::int64_t i) { values[first + static_cast<std::size_t>(i)] = kid_of(a[i], b[i]); });
  }
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / kSubsets;
  if (!std::isfinite(mean)) return Result::undefined(std::string(kNotFinite));
  double squares = 0.0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  Result result = Result::of(mean, images.count);
  put_real(result, *reading.real, static_cast<std::int64_t>(real.count));
  result.details["std"] = std::sqrt(squares / kSubsets);
  result.details["subsets"] = kSubsets;
  result.details["subset_size"] = kSubsetSize;
  result.unreliable = "subsets overlap: their deviation is no error of the mean, and --kid full has one";
  return result;
}

Step kid(const Reading& reading) {
  if (reading.settings.kid == KidEstimator::kSubsets) return kid_of_subsets(reading);
  const auto kernel = [](const Tile& tile) {
    return polynomial_kernel(tile.products, static_cast<double>(tile.width));
  };
  return kernel_distance(reading, {.kernel = kernel, .not_finite = kNotFinite});
}

}  // namespace

const Metric kKernelInceptionDistance{
    .key = "KID",
    .summary = "kernel distance of a network's features to those of --real",
    .definition = "unbiased squared MMD of the features, kernel (x·y/d + 1)³",
    .group = kFidelity,
    .higher_is_better = false,
    .range = kAnyNumber,
    .role = &kFeatures,
    .real = OfReal::kRows,
    .reads_order = true,
    .settings = {&kKidSetting},
    .compute = &kid};

}  // namespace tise::metrics
