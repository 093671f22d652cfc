// With e_ij the kernel of two images, ν_i the mean kernel of an image and the real ones, n images and m real
// ones, the distance is D = ē + C − 2ν̄, C being the mean over pairs of real images. Given these, D is a
// statistic of one sample, with the symmetric kernel h_ij = e_ij − ν_i − ν_j + C. Its influences are those of
// Hájek's projection, twice the centred witness:
//
//     ψ_i = 2 [(e̅_i − ν_i) − mean],   e̅_i the mean of e_ij over j
//
// Bias. A U-statistic of samples that vary independently has none. Pairs of images that vary together (of one
// caption, say), or an image's pair with itself where that counts, lie above the mean e_b over pairs that
// don't, by what they sum to:
//
//     bias = (Σ over pairs that vary together of (e_ij − e_b)) / number of all pairs
//
// Where the projection fails. Var D = 4(n−2)/(n(n−1)) ζ₁ + 2/(n(n−1)) ζ₂ with ζ₁ the variance of the
// projection and ζ₂ that of h (Hoeffding 1948; Serfling, "Approximation Theorems of Mathematical Statistics",
// 1980, chapter 5). The variance of ψ estimates 4ζ₁/n + 4ζ₂/n²: where the second term is all that there
// is, as when images are like the real ones, the standard error is too large by √2. It is called unreliable
// where 2ζ₂/n² is over a sixth of the variance, which makes it a tenth too large; and where few images carry
// it, as the cube of KID's kernel may have it: then it is small together with the value.

#include "kernel_distance.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>

#include "tise/base/concat.h"
#include "tise/base/names.h"
#include "tise/metrics/clusters.h"
#include "tise/metrics/influence.h"
#include "tise/metrics/row_blocks.h"
#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

constexpr double kLargestDegenerateShare = 1.0 / 6.0;
/// With fewer of them intervals hold less often than 91 times in 100 (docs/statistics.md).
constexpr double kFewestCarriers = 25.0;

/// What is summed over the pairs.
struct KernelSums {
  KernelSums(ColumnRows of, std::size_t m, std::vector<std::size_t> of_image)
      : rows(std::move(of)), n(rows.count()), real(m), own(n), cross(n) {
    const std::size_t largest = of_image.empty() ? 0 : *std::ranges::max_element(of_image) + 1;
    if (largest == of_image.size()) return;
    std::vector<double> sizes(largest);
    for (const std::size_t component : of_image) ++sizes[component];
    for (const double size : sizes) pairs_together += size * (size - 1.0);
    components = at::tensor(std::vector<std::int64_t>(of_image.begin(), of_image.end()), at::kLong);
  }

  ColumnRows rows;
  std::size_t n;
  std::size_t real;
  std::vector<double> own;      ///< of each image, over the others
  std::vector<double> cross;    ///< of each image, over the real ones
  double real_pairs = 0.0;      ///< over pairs of two real images
  double squares = 0.0;         ///< of e_ij, over pairs of two images
  at::Tensor components = {};   ///< [n] of each image; undefined if each is alone
  double pairs_together = 0.0;  ///< of two images of one component
  double together = 0.0;        ///< over these

  double images() const { return static_cast<double>(n); }
  double real_images() const { return static_cast<double>(real); }
};

/// Which images of a tile vary together, [r, c] of 0 and 1.
at::Tensor together_in(const Tile& tile, const at::Tensor& components) {
  const auto part = [&](std::size_t first, std::int64_t count) {
    return components.narrow(0, static_cast<std::int64_t>(first), count);
  };
  return part(tile.row, tile.row_squares.size(0)).unsqueeze(1) ==
         part(tile.column, tile.column_squares.size(0));
}

/// Row sums, column sums, of images also the squares' sum and the sum over pairs that vary together; float64,
/// on the CPU.
std::vector<at::Tensor> tile_sums(const Tile& tile, const KernelDistance& distance, const KernelSums& sums) {
  at::Tensor kernel = distance.kernel(tile).to(at::kDouble);
  if (tile.is_on_diagonal() && !distance.has_self_pairs) kernel.fill_diagonal_(0.0);
  std::vector<at::Tensor> seen{kernel.sum(1), kernel.sum(0)};
  if (tile.of == Tile::Of::kImages) {
    seen.push_back(kernel.square().sum());
    if (sums.components.defined())
      seen.push_back((kernel * together_in(tile, sums.components).to(kernel.device())).sum());
  }
  for (at::Tensor& one : seen) one = one.cpu();
  return seen;
}

void add_to(std::vector<double>& sums, std::size_t first, const at::Tensor& values) {
  const auto* value = values.const_data_ptr<double>();
  for (std::int64_t i = 0; i < values.size(0); ++i) sums[first + static_cast<std::size_t>(i)] += value[i];
}

void add_tile(KernelSums& sums, const Tile& tile, const std::vector<at::Tensor>& seen) {
  const double times = tile.of == Tile::Of::kBoth || tile.is_on_diagonal() ? 1.0 : 2.0;
  const auto sum = [&](std::size_t i) { return times * seen[i].sum().item<double>(); };
  if (tile.of == Tile::Of::kReal) {
    sums.real_pairs += sum(0);
    return;
  }
  add_to(tile.of == Tile::Of::kBoth ? sums.cross : sums.own, tile.row, seen[0]);
  if (tile.of == Tile::Of::kBoth) return;
  if (times > 1.0) add_to(sums.own, tile.column, seen[1]);
  sums.squares += sum(2);
  if (seen.size() > 3) sums.together += sum(3);
}

double total(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

/// Pairs of n, with themselves if those count.
double pairs_of(double n, bool has_self_pairs) { return has_self_pairs ? n * n : n * (n - 1.0); }

/// The means that the distance is made of.
struct Means {
  Means(const KernelSums& sums, const KernelDistance& distance)
      : pairs(pairs_of(sums.images(), distance.has_self_pairs)),
        own(total(sums.own) / pairs),
        cross(total(sums.cross) / sums.images() / sums.real_images()),
        real(sums.real_pairs / pairs_of(sums.real_images(), distance.has_self_pairs)) {}

  double pairs;
  double own;
  double cross;
  double real;

  double distance() const { return own + real - 2.0 * cross; }
};

/// Nothing if all images vary together.
std::optional<double> bias_of(const KernelSums& sums, const KernelDistance& distance, const Means& means) {
  const double n = sums.images();
  const double apart = n * (n - 1.0) - sums.pairs_together;
  if (apart <= 0.0) return std::nullopt;
  const double apart_mean = (total(sums.own) - sums.together) / apart;
  const double self_pairs = distance.has_self_pairs ? n : 0.0;
  return distance.scale * (sums.together - (sums.pairs_together + self_pairs) * apart_mean) / means.pairs;
}

/// 2ζ₂/n², which the projection leaves out.
double degenerate_variance(const KernelSums& sums, const Means& means) {
  const double n = sums.images();
  double own_times_cross = 0.0;
  double cross_squares = 0.0;
  for (std::size_t i = 0; i < sums.n; ++i) {
    const double cross = sums.cross[i] / sums.real_images();
    own_times_cross += sums.own[i] / (n - 1.0) * cross / n;
    cross_squares += cross * cross / n;
  }
  const double own = total(sums.own) / (n * (n - 1.0));
  const double mean = own - 2.0 * means.cross + means.real;  // of h
  const double of_squares = sums.squares / (n * (n - 1.0)) + 2.0 * cross_squares +
                            2.0 * means.cross * means.cross + means.real * means.real -
                            4.0 * own_times_cross + 2.0 * means.real * own - 4.0 * means.real * means.cross;
  return 2.0 * std::max(of_squares - mean * mean, 0.0) / (n * n);
}

/// Why the influences say little of the value, if the pairs move it more than the projection does.
std::string why_poor(const Reading& reading, const Result& result, const std::vector<double>& shares,
                     double degenerate) {
  const Spread spread = spread_of(result.influence, clusters_of(reading.samples, Prompts::kSampled));
  const double variance = spread.std_error * spread.std_error;
  if (variance == 0.0) return "";  // which is said otherwise
  if (spread.carriers < kFewestCarriers) return "few images carry it: probably too small, or far too large";
  double alone = 0.0;  // the variance if each image varied by itself
  for (const double share : shares) alone += share * share;
  const double together = std::max(variance / alone, 1.0);
  if (degenerate * together * together <= kLargestDegenerateShare * variance) return "";
  return "the value is near what images like the real ones would have: probably too large";
}

Result result_of(const Reading& reading, const KernelDistance& distance, const KernelSums& sums) {
  const Means means(sums, distance);
  const double value = distance.scale * means.distance();
  if (!std::isfinite(value)) return Result::undefined(std::string(distance.not_finite));
  Result result = Result::of(distance.has_self_pairs ? std::max(value, 0.0) : value, sums.n);
  put_real(result, *reading.real, static_cast<std::int64_t>(sums.real));
  if (sums.n < 2) return result;
  const double n = sums.images();
  const double others = distance.has_self_pairs ? n : n - 1.0;
  const double witness = means.pairs / n / others * means.own - means.cross;
  std::vector<double> shares(reading.samples.images.size());
  for (std::size_t i = 0; i < sums.n; ++i) {
    const double own = sums.own[i] / others - sums.cross[i] / sums.real_images();
    shares[sums.rows.images[i]] = distance.scale * 2.0 * (own - witness) / n;
  }
  result.influence = influence_of_images(reading.samples, reading.metric, sums.rows.images, shares);
  result.bias = bias_of(sums, distance, means);
  const double degenerate = distance.scale * distance.scale * degenerate_variance(sums, means);
  result.poor_expansion = why_poor(reading, result, shares, degenerate);
  return result;
}

}  // namespace

std::string why_no_rows(const Reading& reading) {
  if (reading.real == nullptr) return "no real images given";
  if (reading.real->rows.count == 0)
    return "no features of real images: give images or a store, not statistics";
  return "";
}

Step kernel_distance(const Reading& reading, const KernelDistance& distance) {
  if (std::string why = why_no_rows(reading); !why.empty()) return Result::undefined(std::move(why));
  ColumnRows rows = column_rows(reading);
  const std::size_t least = distance.has_self_pairs ? 1 : 2;
  const std::size_t real = reading.real->rows.count;
  const auto too_few = [&](std::size_t count, std::string_view noun) {
    return Result::undefined(concat(counted(count, noun), ": needs ", least));
  };
  if (rows.images.size() < least) return too_few(rows.images.size(), "image");
  if (real < least) return too_few(real, "real image");
  const PlacedRows placed = placed_rows(reading, rows);
  Pairing::Which which{reading.rows, reading.column, rows.images, reading.real};
  auto components = components_of(reading.samples, rows.images);
  auto sums = std::make_shared<KernelSums>(std::move(rows), real, std::move(components));
  return Pairing{
      .which = std::move(which),
      .images = placed,
      .real = reading.real->rows,
      .device = reading.settings.device,
      .look = [=](const Tile& tile) { return tile_sums(tile, distance, *sums); },
      .add = [=](const Tile& tile, const std::vector<at::Tensor>& seen) { add_tile(*sums, tile, seen); },
      .then = [=]() -> Step { return result_of(reading, distance, *sums); }};
}

}  // namespace tise::metrics
