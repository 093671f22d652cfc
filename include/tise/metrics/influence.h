#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tise/metrics/result.h"
#include "tise/metrics/samples.h"

namespace tise::metrics {

/// Of a mean over the pairs that have a score.
Influence influence_on_mean(const std::vector<std::optional<double>>& scores, double mean);

/// Of a value that images move: `shares` has, by index into Samples::images, each one's part of the value's
/// deviation; their sum is 0. An image's part is divided among its pairs that the metric uses.
Influence influence_of_images(const Samples& samples, std::string_view metric,
                              const std::vector<std::size_t>& images, const std::vector<double>& shares);

/// The standard error of a mean of influences, and how many samples carry it.
struct Spread {
  double std_error = 0;      ///< the pairs of an image count as one sample
  std::size_t clusters = 0;  ///< images
  /// (Σu²)² / Σu⁴ of the clusters' sums u: about n/3 where they are Gaussian, the number of failures where
  /// few of many succeed or fail. The standard error's own relative error is about half its inverse root.
  double carriers = 0;
};

/// Of influences whose i-th belongs to the cluster `clusters[i]`:
///
///     SE² = G/(G−1) · Σ_g (Σ_{i in g} ψ_i)² / n²
///
/// with n influences in G clusters. Zero where there are fewer than two clusters.
Spread spread_of(const Influence& influence, const std::vector<std::size_t>& clusters);

/// Of each pair its image; of each image itself, where there are no pairs.
std::vector<std::size_t> image_clusters(const Samples& samples);

/// Why a spread says little of the error of a value: no spread at all, or few carriers. Empty where it says
/// enough.
std::string why_unreliable(const Spread& spread, double value);

/// Puts the standard error, the interval and what makes them unreliable beside a value with influences.
void add_standard_error(Result& result, const Samples& samples);

/// Why the error of a mean over strata is unreliable where they have few samples each: `what` names them.
/// Empty where the mean of 1/N over the strata is at most 1/5.
std::string thin_strata(const std::vector<std::size_t>& sizes, std::string_view what);

}  // namespace tise::metrics
