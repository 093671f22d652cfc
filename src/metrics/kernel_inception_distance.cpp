// Kernel Inception Distance (KID), Bińkowski et al., "Demystifying MMD GANs", ICLR 2018, with the features of
// any network. torch-fidelity 0.4.0, clean-fid, torchmetrics.
//
//     KID = mean k(x, x') + mean k(y, y') − 2 mean k(x, y),   k(x, y) = (x · y / d + 1)³,  d features
//
// A row's pair with itself doesn't count, so this is unbiased (a U-statistic). `full` (the default) takes all
// pairs of all rows. `subsets` is the reference implementations' estimator: the mean over 100 subsets of
// 1,000 images and 1,000 real images. They are drawn like torch-fidelity's: with one numpy generator, without
// replacement, the images before the real ones. `std` is the standard deviation over the subsets. Since the
// subsets overlap, the standard error comes from the images' influences, given the draws, instead of from
// `std`.
//
// Departures: none with 1,000 images and 1,000 real images, since every draw then has all of them. clean-fid
// and torchmetrics draw without a seed.

#include <ATen/ATen.h>

#include <array>
#include <cmath>

#include "kernel_distance.h"
#include "tise/base/concat.h"
#include "tise/base/names.h"
#include "tise/base/side_by_side.h"
#include "tise/metrics/clusters.h"
#include "tise/metrics/metrics.h"
#include "tise/metrics/row_blocks.h"
#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

constexpr std::size_t kSubsets = 100;
constexpr std::size_t kSubsetSize = 1000;
/// Subsets in memory at a time: 260 MB with 2,048 features.
constexpr std::size_t kSubsetsAtATime = 16;
/// Rows and columns of a tile of pairs, which has 250 kB and so fits into a core's cache.
constexpr std::size_t kTileSide = 250;

/// (x · y / d + 1)³
at::Tensor polynomial_kernel(const Tile& tile) {
  const at::Tensor base = tile.products.div(static_cast<double>(tile.width)).add_(1.0);
  return base.square().mul_(base);
}

constexpr KernelDistance kKernel{.kernel = &polynomial_kernel, .not_finite = "not finite, or too large"};

/// The rows in one subset: places of images and of real images.
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

/// The rows of one side of some draws, [draws, kSubsetSize, d] float32.
at::Tensor drawn_rows(const PlacedRows& rows, std::span<const Draw> draws, std::size_t side) {
  std::vector<std::vector<std::int64_t>> wanted(rows.count);  // for each place, where its row goes
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

/// Adds all pairs of a draw's rows, [n, d] on each side, tile by tile. Within one side, a tile above the
/// diagonal counts for its mirror image, too. The squares stay undefined: the kernel doesn't read them.
void add_pairs(KernelSums& sums, const at::Tensor& images, const at::Tensor& real) {
  const auto add = [&](Tile::Of of, const at::Tensor& a, const at::Tensor& b) {
    const std::vector<at::Tensor> rows = a.split(std::int64_t{kTileSide});
    const std::vector<at::Tensor> columns = b.split(std::int64_t{kTileSide});
    for (std::size_t i = 0; i < rows.size(); ++i) {
      for (std::size_t j = of == Tile::Of::kBoth ? 0 : i; j < columns.size(); ++j) {
        const Tile tile{.of = of,
                        .row = i * kTileSide,
                        .column = j * kTileSide,
                        .width = a.size(1),
                        .products = at::mm(rows[i], columns[j].t())};
        sums.add(tile, sums.of_tile(tile, kKernel));
      }
    }
  };
  add(Tile::Of::kImages, images, images);
  add(Tile::Of::kBoth, images, real);
  add(Tile::Of::kReal, real, real);
}

std::vector<KernelSums> sums_of(std::span<const Draw> draws, const Reading& reading,
                                const std::vector<std::size_t>& images) {
  const std::vector<std::size_t> components = components_of(reading.samples, images);
  std::vector<KernelSums> sums;
  for (const Draw& draw : draws) {
    std::vector<std::size_t> drawn;
    std::vector<std::size_t> together;
    for (const std::size_t place : draw.places[0]) {
      drawn.push_back(images[place]);
      together.push_back(components[place]);
    }
    sums.emplace_back(std::move(drawn), kSubsetSize, together);
  }
  return sums;
}

Step kid_of_subsets(const Reading& reading) {
  if (std::string why = why_no_rows(reading); !why.empty()) return Result::undefined(std::move(why));
  const ColumnRows rows = column_rows(reading);
  const PlacedRows images = placed_rows(reading, rows);
  const PlacedRows& real = reading.real->rows;
  const auto too_few = [](std::size_t count, std::string_view noun) {
    return Result::undefined(
        concat(counted(count, noun), ": the subsets need ", kSubsetSize, "; pass --kid full"));
  };
  if (images.count < kSubsetSize) return too_few(images.count, "image");
  if (real.count < kSubsetSize) return too_few(real.count, "real image");
  const std::vector<Draw> draws = draws_of(reading.settings.seed, images.count, real.count);
  std::vector<KernelSums> subsets = sums_of(draws, reading, rows.images);
  for (std::size_t first = 0; first < kSubsets; first += kSubsetsAtATime) {
    const auto some = std::span(draws).subspan(first, std::min(kSubsetsAtATime, kSubsets - first));
    const at::Tensor a = drawn_rows(images, some, 0);
    const at::Tensor b = drawn_rows(real, some, 1);
    side_by_side(static_cast<std::int64_t>(some.size()), [&](std::int64_t i) {
      add_pairs(subsets[first + static_cast<std::size_t>(i)], a[i], b[i]);
    });
  }
  Result result = kernel_result(reading, rows.images, kKernel, subsets);
  if (!result.value) return result;
  double squares = 0.0;
  for (const KernelSums& subset : subsets) {
    const double beyond = distance_of(subset, kKernel) - *result.value;
    squares += beyond * beyond;
  }
  result.details["std"] = std::sqrt(squares / kSubsets);
  result.details["subsets"] = kSubsets;
  result.details["subset_size"] = kSubsetSize;
  return result;
}

bool draws_subsets(const Settings& settings);

const Setting kKidEstimator{
    .key = "KID",
    .meaning = "KID's estimator",
    .explanation = "All pairs of rows, or subsets drawn by a seed.",
    .value = [](const Settings& settings) -> std::optional<std::string> {
      return draws_subsets(settings) ? concat("subsets/", settings.seed) : "full";
    },
    .flag = "--kid",
    .words = {"full", "subsets"},
    .default_word = "full",
    .help = "KID over all pairs of images, or its mean over 100 random subsets of 1,000 images"};

bool draws_subsets(const Settings& settings) { return kKidEstimator.word(settings) == "subsets"; }

Step kid(const Reading& reading) {
  return draws_subsets(reading.settings) ? kid_of_subsets(reading) : kernel_distance(reading, kKernel);
}

}  // namespace

extern const Metric kKernelInceptionDistance{
    .key = "KID",
    .summary = "kernel distance between a network's features of the images and of --real",
    .definition = "unbiased squared MMD between the features, kernel (x·y/d + 1)³",
    .group = kFidelity,
    .higher_is_better = false,
    .range = kAnyNumber,
    .role = &kFeatures,
    .real = OfReal::kRows,
    .order = {{"what KID's subsets draw", &draws_subsets}},
    .std_over = "subsets",
    .settings = {&kKidEstimator},
    .compute = &kid};

}  // namespace tise::metrics
