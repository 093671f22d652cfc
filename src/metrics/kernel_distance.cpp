// Let e_ij be the kernel of two images and ν_i the mean kernel of an image and the real images, for n images
// and m real images. The distance is D = ē + C − 2ν̄, where C is the mean over pairs of real images. Given the
// real images, D is a statistic of one sample with the symmetric kernel h_ij = e_ij − ν_i − ν_j + C. Its
// influences are those of Hájek's projection, twice the centered witness:
//
//     ψ_i = 2 [(e̅_i − ν_i) − mean],   e̅_i the mean of e_ij over j
//
// Bias. A U-statistic of independent samples has none. But images that vary together (those of one caption,
// say) are more alike than others, and so is an image's pair with itself, if such pairs count. With e_b the
// mean over pairs that vary independently,
//
//     bias = (Σ over pairs that vary together of (e_ij − e_b)) / number of all pairs
//
// Reliability. Var D = 4(n−2)/(n(n−1)) ζ₁ + 2/(n(n−1)) ζ₂, where ζ₁ is the variance of the projection and ζ₂
// that of h (Hoeffding 1948; Serfling, "Approximation Theorems of Mathematical Statistics", 1980, chapter 5).
// The variance of ψ estimates 4ζ₁/n + 4ζ₂/n². If only the second term is left, as when images are like the
// real ones, the standard error is too large by √2. It is marked unreliable if 2ζ₂/n² is over a sixth of the
// variance, which makes the error 10% too large. It is also marked if it depends on few images, which the
// cube in KID's kernel can cause: value and error are then small together.
//
// A mean over subsets, given the images in each, works the same way with weights: an image's influence is the
// mean over all subsets, 0 in those without the image, and 1/n² becomes Σ w² over the pairs.

#include "kernel_distance.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <optional>
#include <string_view>
#include <unordered_map>
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
/// With fewer carriers, 95% intervals cover the mean less than 91% of the time (docs/dev/errors.md).
constexpr double kFewestCarriers = 15.0;

/// Which images of a tile vary together, [r, c] of 0 and 1.
at::Tensor together_in(const Tile& tile, const at::Tensor& components) {
  const auto part = [&](std::size_t first, std::int64_t count) {
    return components.narrow(0, static_cast<std::int64_t>(first), count);
  };
  return part(tile.row, tile.products.size(0)).unsqueeze(1) == part(tile.column, tile.products.size(1));
}

void add_to(std::vector<double>& sums, std::size_t first, const at::Tensor& values) {
  const auto* value = values.const_data_ptr<double>();
  for (std::int64_t i = 0; i < values.size(0); ++i) sums[first + static_cast<std::size_t>(i)] += value[i];
}

double total(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

/// The number of pairs of n images, including pairs of an image with itself if these count.
double pairs_of(double n, bool has_self_pairs) { return has_self_pairs ? n * n : n * (n - 1.0); }

/// The means that the distance consists of.
struct Means {
  Means(const KernelSums& sums, const KernelDistance& distance)
      : pairs(pairs_of(sums.n(), distance.has_self_pairs)),
        own(total(sums.own) / pairs),
        cross(total(sums.cross) / sums.n() / sums.m()),
        real(sums.real_pairs / pairs_of(sums.m(), distance.has_self_pairs)) {}

  double pairs;
  double own;
  double cross;
  double real;

  double distance() const { return own + real - 2.0 * cross; }
  double largest() const { return std::max({std::abs(own), std::abs(real), 2.0 * std::abs(cross)}); }
};

/// Returns nullopt if all images vary together.
std::optional<double> bias_of(const KernelSums& sums, const KernelDistance& distance) {
  const double n = sums.n();
  const double apart = n * (n - 1.0) - sums.pairs_together;
  if (apart <= 0.0) return std::nullopt;
  const double apart_mean = (total(sums.own) - sums.together) / apart;
  const double self_pairs = distance.has_self_pairs ? n : 0.0;
  return (sums.together - (sums.pairs_together + self_pairs) * apart_mean) /
         pairs_of(n, distance.has_self_pairs);
}

/// ζ₂, the variance of h.
double variance_of_pairs(const KernelSums& sums, const KernelDistance& distance) {
  const Means means(sums, distance);
  const double n = sums.n();
  double own_times_cross = 0.0;
  double cross_squares = 0.0;
  for (std::size_t i = 0; i < sums.images.size(); ++i) {
    const double cross = sums.cross[i] / sums.m();
    own_times_cross += sums.own[i] / (n - 1.0) * cross / n;
    cross_squares += cross * cross / n;
  }
  const double own = total(sums.own) / (n * (n - 1.0));
  const double mean = own - 2.0 * means.cross + means.real;  // of h
  const double of_squares = sums.squares / (n * (n - 1.0)) + 2.0 * cross_squares +
                            2.0 * means.cross * means.cross + means.real * means.real -
                            4.0 * own_times_cross + 2.0 * means.real * own - 4.0 * means.real * means.cross;
  return std::max(of_squares - mean * mean, 0.0);
}

/// Σ w² over the pairs of images, w being a pair's weight in the mean over the subsets.
double squared_weights(std::span<const KernelSums> subsets, std::size_t images) {
  double sum = 0.0;
  std::vector<bool> is_in(images);
  for (const KernelSums& a : subsets) {
    for (const std::size_t image : a.images) is_in[image] = true;
    for (const KernelSums& b : subsets) {
      const auto common = static_cast<double>(
          std::ranges::count_if(b.images, [&](std::size_t image) { return is_in[image]; }));
      sum += common * (common - 1.0) / (pairs_of(a.n(), false) * pairs_of(b.n(), false));
    }
    for (const std::size_t image : a.images) is_in[image] = false;
  }
  const auto count = static_cast<double>(subsets.size());
  return sum / (count * count);
}

double mean_over(std::span<const KernelSums> subsets, const auto& of) {
  double sum = 0.0;
  for (const KernelSums& subset : subsets) sum += of(subset);
  return sum / static_cast<double>(subsets.size());
}

/// The mean of the subsets' biases; nullopt if one is unknown.
std::optional<double> mean_bias(std::span<const KernelSums> subsets, const KernelDistance& distance) {
  double sum = 0.0;
  for (const KernelSums& sums : subsets) {
    const auto bias = bias_of(sums, distance);
    if (!bias) return std::nullopt;
    sum += *bias;
  }
  return distance.scale * sum / static_cast<double>(subsets.size());
}

/// How much each of Samples::images affects the mean over the subsets.
std::vector<double> shares_of(std::span<const KernelSums> subsets, const KernelDistance& distance,
                              std::size_t images) {
  std::vector<double> shares(images);
  for (const KernelSums& sums : subsets) {
    const Means means(sums, distance);
    const double others = distance.has_self_pairs ? sums.n() : sums.n() - 1.0;
    const double weight = distance.scale * 2.0 / sums.n() / static_cast<double>(subsets.size());
    for (std::size_t i = 0; i < sums.images.size(); ++i) {
      const double witness = sums.own[i] / others - sums.cross[i] / sums.m();
      shares[sums.images[i]] += weight * (witness - (means.own - means.cross));
    }
  }
  return shares;
}

/// The image whose features make the sums infinite or NaN, as far as they show it.
std::string culprit(const Reading& reading, std::span<const KernelSums> subsets) {
  for (const KernelSums& sums : subsets) {
    if (!std::isfinite(sums.real_pairs)) return "a real image";
    const auto bad = std::ranges::find_if(sums.cross, [](double sum) { return !std::isfinite(sum); });
    if (bad == sums.cross.end()) continue;
    const std::size_t image = sums.images[static_cast<std::size_t>(bad - sums.cross.begin())];
    return concat("\"", reading.samples.images[image], "\"");
  }
  return "a generated image";
}

/// Why the influences describe the value poorly: few images dominate, or ζ₂'s part (`degenerate`) is too
/// large.
std::string why_poor(const Reading& reading, const Result& result, const std::vector<double>& shares,
                     double degenerate) {
  const Spread spread = spread_of(result.influence, clusters_of(reading.samples, Prompts::kSampled));
  const double variance = spread.std_error * spread.std_error;
  if (variance == 0.0) return "";  // why_unreliable has a reason for that
  if (spread.carriers < kFewestCarriers) {
    const Clusters clusters = clusters_of(reading.samples, reading.settings.prompts);
    const std::string few = why_too_few(spread_of(result.influence, clusters), result.bias);
    return few.empty() ? "probably too small, or far too large, since a few images or prompts mostly "
                         "determine the value"
                       : few;
  }
  double alone = 0.0;  // the variance if each image varied by itself
  for (const double share : shares) alone += share * share;
  const double together = std::max(variance / alone, 1.0);
  if (degenerate * together * together <= kLargestDegenerateShare * variance) return "";
  return "probably too large, since much of the variation comes from pairs of images, as it does for images "
         "like the real ones";
}

}  // namespace

KernelSums::KernelSums(std::vector<std::size_t> of_images, std::size_t of_real,
                       const std::vector<std::size_t>& of_components)
    : images(std::move(of_images)), real(of_real), own(images.size()), cross(images.size()) {
  std::unordered_map<std::size_t, double> sizes;
  for (const std::size_t component : of_components) ++sizes[component];
  for (const auto& [component, size] : sizes) pairs_together += size * (size - 1.0);
  if (pairs_together > 0.0)
    components = at::tensor(std::vector<std::int64_t>(of_components.begin(), of_components.end()), at::kLong);
}

/// Returns row sums; for tiles of images also the sum of squares, the sum over pairs that vary together and,
/// off the diagonal, column sums. Float64, on the CPU.
std::vector<at::Tensor> KernelSums::of_tile(const Tile& tile, const KernelDistance& distance) const {
  at::Tensor kernel = distance.kernel(tile).to(at::kDouble);
  if (tile.is_on_diagonal() && !distance.has_self_pairs) kernel.fill_diagonal_(0.0);
  std::vector<at::Tensor> seen{kernel.sum(1)};
  if (tile.of == Tile::Of::kImages) {
    seen.push_back(kernel.square().sum());
    seen.push_back(components.defined() ? (kernel * together_in(tile, components).to(kernel.device())).sum()
                                        : at::zeros({}, at::kDouble));
    if (!tile.is_on_diagonal()) seen.push_back(kernel.sum(0));
  }
  for (at::Tensor& one : seen) one = one.cpu();
  return seen;
}

void KernelSums::add(const Tile& tile, const std::vector<at::Tensor>& seen) {
  const bool has_mirror_image = tile.of != Tile::Of::kBoth && !tile.is_on_diagonal();
  const auto sum = [&](std::size_t i) {
    return (has_mirror_image ? 2.0 : 1.0) * seen[i].sum().item<double>();
  };
  switch (tile.of) {
    case Tile::Of::kReal:
      real_pairs += sum(0);
      break;
    case Tile::Of::kBoth:
      add_to(cross, tile.row, seen[0]);
      break;
    case Tile::Of::kImages:
      add_to(own, tile.row, seen[0]);
      squares += sum(1);
      together += sum(2);
      if (has_mirror_image) add_to(own, tile.column, seen[3]);
      break;
  }
}

double distance_of(const KernelSums& sums, const KernelDistance& distance) {
  return distance.scale * Means(sums, distance).distance();
}

Result kernel_result(const Reading& reading, const std::vector<std::size_t>& images,
                     const KernelDistance& distance, std::span<const KernelSums> subsets) {
  const double value =
      mean_over(subsets, [&](const KernelSums& sums) { return distance_of(sums, distance); });
  if (!std::isfinite(value)) {
    return Result::undefined(concat("the features of ", culprit(reading, subsets), " are ",
                                    distance.not_finite, "; check what the network returns for it"));
  }
  Result result = Result::of(distance.has_self_pairs ? std::max(value, 0.0) : value, images.size());
  put_real(result, *reading.real, static_cast<std::int64_t>(reading.real->rows.count));
  result.terms = distance.scale * Means(subsets.front(), distance).largest();
  if (images.size() < 2) return result;
  const std::vector<double> shares = shares_of(subsets, distance, reading.samples.images.size());
  result.influence = influence_of_images(reading.samples, reading.metric, images, shares);
  result.bias = mean_bias(subsets, distance);
  const double of_pairs =
      mean_over(subsets, [&](const KernelSums& sums) { return variance_of_pairs(sums, distance); });
  const double degenerate = distance.scale * distance.scale * 2.0 * of_pairs *
                            squared_weights(subsets, reading.samples.images.size());
  result.poor_expansion = why_poor(reading, result, shares, degenerate);
  return result;
}

std::string why_no_rows(const Reading& reading) {
  if (reading.real == nullptr) return "no real images given";
  if (reading.real->rows.count == 0)
    return "no features of real images: pass images or a store instead of statistics";
  return "";
}

Step kernel_distance(const Reading& reading, const KernelDistance& distance) {
  if (std::string why = why_no_rows(reading); !why.empty()) return Result::undefined(std::move(why));
  ColumnRows rows = column_rows(reading);
  const std::size_t least = distance.has_self_pairs ? 1 : 2;
  const std::size_t real = reading.real->rows.count;
  const auto too_few = [&](std::size_t count, std::string_view noun) {
    return Result::undefined(
        concat(counted(count, noun), ": at least ", least, least == 1 ? " is needed" : " are needed"));
  };
  if (rows.images.size() < least) return too_few(rows.images.size(), "image");
  if (real < least) return too_few(real, "real image");
  PlacedRows placed = placed_rows(reading, rows);
  placed.width = reading.real->rows.width;  // of the same network
  Pairing::Which which{reading.rows, reading.column, rows.images, reading.real};
  const std::vector<std::size_t> components = components_of(reading.samples, rows.images);
  auto sums = std::make_shared<KernelSums>(std::move(rows.images), real, components);
  const auto known = reading.real->pair_sums;
  const auto of_real = known->find(reading.metric);
  const bool is_known = of_real != known->end();
  if (is_known) sums->real_pairs = of_real->second;
  return Pairing{.which = std::move(which),
                 .images = std::move(placed),
                 .real = reading.real->rows,
                 .looks_at_real_pairs = !is_known,
                 .device = reading.settings.device,
                 .look = [=](const Tile& tile) { return sums->of_tile(tile, distance); },
                 .add = [=](const Tile& tile, const std::vector<at::Tensor>& seen) { sums->add(tile, seen); },
                 .then = [=]() -> Step {
                   known->emplace(reading.metric, sums->real_pairs);
                   return kernel_result(reading, sums->images, distance, {sums.get(), 1});
                 }};
}

}  // namespace tise::metrics
