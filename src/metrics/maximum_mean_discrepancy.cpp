// Maximum Mean Discrepancy (MMD) with the features of any network, and the kernel, estimator and scale of
// CMMD: Jayasumana et al., "Rethinking FID: Towards a Better Evaluation Metric for Image Generation", CVPR
// 2024; distance.py of google-research's cmmd and of cmmd-pytorch. With CLIP ViT-L/14@336 and its preparation
// it is CMMD.
//
//     MMD = 1000 (mean k(x, x') + mean k(y, y') − 2 mean k(x, y)),   k(x, y) = exp(−‖x − y‖² / (2 · 10²))
//
// Rows are scaled to length 1. All pairs count, also those of a row with itself (a V-statistic; `bias` is
// what these add). It is 1000 times torch-fidelity's biased estimator with an RBF kernel of σ = 10 on such
// rows.
//
// Departures: the reference sums k in float32. Its values lie between 0.98 and 1, so about four decimals are
// left. Here k − 1 is summed in float64, so that the ones cancel exactly; each k − 1 is a float32, whose
// error of about 1e-9 averages out.

#include <ATen/ATen.h>

#include "kernel_distance.h"
#include "tise/metrics/metrics.h"

namespace tise::metrics {
namespace {

constexpr double kSigma = 10.0;
constexpr double kScale = 1000.0;

/// k − 1, from ‖x − y‖² = 2 − 2 cos. The inverse lengths are multiplied first, so that swapping x and y
/// changes nothing.
at::Tensor rbf_kernel(const Tile& tile) {
  const auto inverse = [](const at::Tensor& squares) { return squares.rsqrt().to(at::kFloat); };
  at::Tensor cosine = inverse(tile.row_squares).unsqueeze(1) * inverse(tile.column_squares);
  return cosine.mul_(tile.products).sub_(1.0).mul_(1.0 / (kSigma * kSigma)).expm1_();
}

Step mmd(const Reading& reading) {
  return kernel_distance(
      reading,
      {.kernel = &rbf_kernel, .has_self_pairs = true, .scale = kScale, .not_finite = "not finite, or all 0"});
}

}  // namespace

extern const Metric kMaximumMeanDiscrepancy{
    .key = "MMD",
    .summary =
        "maximum mean discrepancy between a network's features of the images and of --real, times 1000",
    .definition =
        "1000 times the biased squared MMD between the features scaled to length 1, kernel exp(−‖x − "
        "y‖²/200)",
    .group = kFidelity,
    .known_as = {{"CMMD", "MMD@clip-l336"}},
    .higher_is_better = false,
    .role = &kFeatures,
    .real = OfReal::kRows,
    .compute = &mmd};

}  // namespace tise::metrics
