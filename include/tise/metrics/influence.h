#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tise/metrics/clusters.h"
#include "tise/metrics/result.h"
#include "tise/metrics/samples.h"

namespace tise::metrics {

/// Of a value that images move: `shares` has, by index into Samples::images, each one's part of the value's
/// deviation; their sum is 0. An image's part is divided among its pairs that the metric uses.
Influence influence_of_images(const Samples& samples, std::string_view metric,
                              const std::vector<std::size_t>& images, const std::vector<double>& shares);

/// The standard error of a mean of influences, and what it rests on.
struct Spread {
  double std_error = 0;
  std::size_t clusters = 0;  ///< of captions or of images, whichever are fewer
  /// (Σm)² / Σm² of the clusters' sizes m, likewise the smaller: as many clusters of equal size say as much.
  double effective = 0;
  /// (Σu²)² / Σu⁴ of the clusters' sums u, likewise: about n/3 where they are Gaussian, the number of
  /// failures where few of many succeed or fail. The standard error's own relative error is about half its
  /// inverse root.
  double carriers = 0;
};

/// Of n influences, clustered two ways (Cameron, Gelbach, Miller, "Robust Inference with Multiway
/// Clustering", Journal of Business & Economic Statistics 29, 2011):
///
///     V = V_caption + V_image − V_both, at least each of the first two,   SE² = V / n²
///     V_c = G/(G−1) · Σ_g (Σ_{i in g} ψ_i)²   over the G clusters of c; `both` are those of the same caption
///     and image
///
/// Zero where one of the ways has fewer than two clusters. Where prompts are fixed, of what images of a
/// prompt differ by: V = Σ of their squared sums, centred by prompt; a cluster fewer is then as many degrees
/// of freedom as there are. Zero where a prompt has one image.
Spread spread_of(const Influence& influence, const Clusters& clusters);

/// Of fixed prompts: each sample's influence less its image's share of the prompt's mean, times √(k/(k − 1))
/// for its k images; nothing at all where one has a single image.
Influence centred_by_prompt(const Influence& influence, const Clusters& clusters);

/// Why a spread says little of the error of a value with this bias: no spread at all, few clusters, or few
/// carriers. Empty where it says enough.
std::string why_unreliable(const Spread& spread, double value, const std::optional<double>& bias);

/// Puts the standard error, the interval and what makes them unreliable beside a value with influences.
void add_standard_error(Result& result, const Samples& samples, const Range& range, Prompts prompts);

}  // namespace tise::metrics
