// Standard errors from influences. A metric is a functional T of the weighted samples. With ψ_i the
// derivative of T in the direction of sample i's weight,
//
//     T(sample) ≈ E T + mean of ψ_i,   SE² = variance of ψ_i / n
//
// which is the infinitesimal jackknife (Jaeckel 1972; Efron, "The Jackknife, the Bootstrap and Other
// Resampling Plans", 1982, chapter 6), with n/(n−1) for what the estimated mean takes away. Pairs that share
// an image are one sample, likewise crops of one image. docs/statistics.md derives each metric's ψ and says
// where the expansion holds.

#include "tise/metrics/influence.h"

#include <cmath>

#include "tise/metrics/selection.h"
#include "tise/metrics/significance.h"

namespace tise::metrics {
namespace {

/// With fewer carriers an error is off by more than a fifth every third time.
constexpr double kFewCarriers = 5.0;
/// Strata of N samples lose 1/N of their variance to their own mean.
constexpr double kThinStrata = 0.2;
/// An error of this share of the value is rounding.
constexpr double kRounding = 1e-12;

}  // namespace

Influence influence_on_mean(const std::vector<std::optional<double>>& scores, double mean) {
  Influence influence(scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (scores[i]) influence[i] = *scores[i] - mean;
  }
  return influence;
}

Influence influence_of_images(const Samples& samples, std::string_view metric,
                              const std::vector<std::size_t>& images, const std::vector<double>& shares) {
  Influence influence(samples.pairs.empty() ? samples.images.size() : samples.pairs.size());
  if (samples.pairs.empty()) {
    for (const std::size_t image : images)
      influence[image] = shares[image] * static_cast<double>(images.size());
    return influence;
  }
  const auto by_image = pairs_by_image(samples, pairs_for(samples, metric));
  std::size_t n = 0;
  for (const std::size_t image : images) n += by_image[image].size();
  for (const std::size_t image : images) {
    const auto sharing = static_cast<double>(by_image[image].size());
    for (const std::size_t pair : by_image[image]) {
      influence[pair] = shares[image] * static_cast<double>(n) / sharing;
    }
  }
  return influence;
}

Spread spread_of(const Influence& influence, const std::vector<std::size_t>& clusters) {
  std::vector<std::optional<double>> sums;
  std::size_t n = 0;
  for (std::size_t i = 0; i < influence.size(); ++i) {
    if (!influence[i]) continue;
    if (clusters[i] >= sums.size()) sums.resize(clusters[i] + 1);
    sums[clusters[i]] = sums[clusters[i]].value_or(0.0) + *influence[i];
    ++n;
  }
  Spread spread;
  double squares = 0.0;
  double fourths = 0.0;
  for (const std::optional<double>& sum : sums) {
    if (!sum) continue;
    ++spread.clusters;
    squares += *sum * *sum;
    fourths += *sum * *sum * *sum * *sum;
  }
  if (spread.clusters < 2) return spread;
  const auto count = static_cast<double>(spread.clusters);
  spread.std_error = std::sqrt(squares * count / (count - 1.0)) / static_cast<double>(n);
  if (fourths > 0.0) spread.carriers = squares * squares / fourths;
  return spread;
}

std::vector<std::size_t> image_clusters(const Samples& samples) {
  std::vector<std::size_t> clusters;
  for (const SamplePair& pair : samples.pairs) clusters.push_back(pair.image);
  for (std::size_t i = 0; samples.pairs.empty() && i < samples.images.size(); ++i) clusters.push_back(i);
  return clusters;
}

std::string why_unreliable(const Spread& spread, double value) {
  if (spread.std_error <= kRounding * std::abs(value)) {
    return "all samples agree, which says little of how often others would";
  }
  return spread.carriers < kFewCarriers ? "few samples carry it" : "";
}

void add_standard_error(Result& result, const Samples& samples) {
  const Spread spread = spread_of(result.influence, image_clusters(samples));
  if (spread.clusters < 2) {
    result.unreliable = "1 sample has no spread";
    return;
  }
  result.std_error = spread.std_error;
  result.ci95 = interval_95(*result.value, spread.std_error, static_cast<double>(spread.clusters) - 1.0);
  result.unreliable = result.poor_expansion;
  if (result.unreliable.empty()) result.unreliable = why_unreliable(spread, *result.value);
}

std::string thin_strata(const std::vector<std::size_t>& sizes, std::string_view what) {
  double inverse = 0.0;
  for (const std::size_t size : sizes) inverse += 1.0 / static_cast<double>(size);
  if (inverse <= kThinStrata * static_cast<double>(sizes.size())) return "";
  return "fewer than 5 samples in the typical " + std::string(what);
}

}  // namespace tise::metrics
