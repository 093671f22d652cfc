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

/// The influences on a value that depends on images. `shares` has each image's part of the value's deviation,
/// by index into Samples::images; the parts sum to 0. An image's part is divided among those of its pairs
/// that the metric uses.
Influence influence_of_images(const Samples& samples, std::string_view metric,
                              const std::vector<std::size_t>& images, const std::vector<double>& shares);

/// The standard error of a mean of influences, and how much data it is based on.
struct Spread {
  double std_error = 0;
  std::size_t clusters = 0;  ///< of captions or of images, whichever are fewer
  /// (Σm)² / Σm² of the clusters' sizes m: this many clusters of equal size carry as much information. Of
  /// captions or of images, whichever is smaller.
  double effective = 0;
  /// (Σu²)² / Σu⁴ of the clusters' sums u, again the smaller one: about n/3 if the sums are Gaussian, the
  /// number of failures if few of many fail. The standard error's own relative error is about 0.5 /
  /// √carriers.
  double carriers = 0;
};

/// The spread of n influences that are clustered two ways (Cameron, Gelbach, Miller, "Robust Inference with
/// Multiway Clustering", Journal of Business & Economic Statistics 29, 2011):
///
///     V = V_caption + V_image − V_both, at least each of the first two,   SE² = V / n²
///     V_c = G/(G−1) · Σ_g (Σ_{i in g} ψ_i)²   over the G clusters of kind c
///
/// The clusters of kind `both` are the pairs with the same caption and image. The spread is zero if captions
/// or images form fewer than two clusters.
///
/// With fixed prompts, only the variation of images within a prompt counts: V is the sum of the images'
/// squared sums, centered by prompt, and `clusters` is one more than the degrees of freedom. The spread is
/// zero if a prompt has only one image.
Spread spread_of(const Influence& influence, const Clusters& clusters);

/// For fixed prompts: each sample's influence less its image's share of the prompt's mean, times √(k/(k − 1))
/// for a prompt with k images. All entries are nullopt if a prompt has only one image.
Influence centred_by_prompt(const Influence& influence, const Clusters& clusters);

/// That this spread is based on too few clusters for a value with this bias; empty if it isn't.
std::string why_too_few(const Spread& spread, const std::optional<double>& bias);

/// Why the standard error of a value with this spread and bias is unreliable: no spread, few clusters, or few
/// carriers. Empty if it is reliable.
std::string why_unreliable(const Spread& spread, double value, const std::optional<double>& bias);

/// Adds the standard error and the interval to a value with influences, and why they are unreliable, if so.
void add_standard_error(Result& result, const Samples& samples, const Range& range, Prompts prompts);

}  // namespace tise::metrics
