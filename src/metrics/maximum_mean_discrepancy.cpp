// Maximum mean discrepancy of the features of any network (MMD), with the kernel, the estimator and the scale
// of CMMD: Jayasumana et al., "Rethinking FID: Towards a Better Evaluation Metric for Image Generation", CVPR
// 2024; distance.py of google-research's cmmd and of cmmd-pytorch. It is CMMD with CLIP ViT-L/14@336 and its
// preparation; 1000 times torch-fidelity's biased estimator with an RBF kernel of σ = 10 on such rows.
//
//     MMD = 1000 (mean k(x, x') + mean k(y, y') − 2 mean k(x, y)),   k(x, y) = exp(−‖x − y‖² / (2 · 10²))
//
// over rows of length 1, all pairs, of a row with itself too (a V-statistic: `bias` is what these add).
//
// Departures: the reference sums k in float32, of numbers between 0.98 and 1, which leaves it about four
// decimals. Ours sums k − 1, so that the ones cancel exactly, in float64; each k − 1 is a float32, whose
// error of about 1e-9 averages out.

#include <ATen/ATen.h>

#include "kernel_distance.h"
#include "tise/metrics/metrics.h"

namespace tise::metrics {
namespace {

constexpr double kSigma = 10.0;
constexpr double kScale = 1000.0;

/// k − 1, with ‖x − y‖² = 2 − 2 cos. The lengths are multiplied first, so that x and y may change places.
at::Tensor rbf_kernel(const Tile& tile) {
  const auto inverse = [](const at::Tensor& squares) { return squares.rsqrt().to(at::kFloat); };
  at::Tensor cosine = inverse(tile.row_squares).unsqueeze(1) * inverse(tile.column_squares);
  return cosine.mul_(tile.products).sub_(1.0).mul_(1.0 / (kSigma * kSigma)).expm1_();
}

Step mmd(const Reading& reading) {
  return kernel_distance(reading, {.kernel = &rbf_kernel,
                                   .has_self_pairs = true,
                                   .scale = kScale,
                                   .not_finite = "features of an image are not finite, or all 0"});
}

}  // namespace

const Metric kMaximumMeanDiscrepancy{
    .key = "MMD",
    .summary = "maximum mean discrepancy of a network's features to those of --real, times 1000",
    .definition = "1000 times the biased estimator over rows of length 1, kernel exp(−‖x − y‖²/200)",
    .group = kFidelity,
    .higher_is_better = false,
    .role = &kFeatures,
    .real = OfReal::kRows,
    .compute = &mmd};

}  // namespace tise::metrics
