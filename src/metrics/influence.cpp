// Standard errors from influences. A metric is a functional T of the weighted samples. With ψ_i the
// derivative of T in the direction of sample i's weight,
//
//     T(sample) ≈ E T + mean of ψ_i,   SE² = variance of ψ_i / n
//
// which is the infinitesimal jackknife (Jaeckel 1972; Efron, "The Jackknife, the Bootstrap and Other
// Resampling Plans", 1982, chapter 6), with n/(n−1) for what the estimated mean takes away. What varies
// together counts as one: pairs that share an image, crops of one image, and images of one caption.
// docs/statistics.md derives each metric's ψ and says where the expansion holds.

#include "tise/metrics/influence.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "tise/metrics/selection.h"
#include "tise/metrics/significance.h"

namespace tise::metrics {
namespace {

/// With fewer clusters, Student's t for their number is too narrow.
constexpr double kFewClusters = 20.0;
/// With fewer carriers an error is off by more than a fifth every third time.
constexpr double kFewCarriers = 5.0;
/// Strata of N samples lose 1/N of their variance to their own mean.
constexpr double kThinStrata = 0.2;
/// An error of this share of the value is rounding.
constexpr double kRounding = 1e-12;

/// What a variance takes from the clusters of one kind.
struct ClusterSums {
  std::size_t count = 0;
  double samples = 0.0;
  double squares = 0.0;  ///< Σ of the squared sums of influences
  double fourths = 0.0;
  double sizes = 0.0;  ///< Σ of the squared sizes

  double variance() const {
    const auto g = static_cast<double>(count);
    return squares * g / (g - 1.0);
  }
  double effective() const { return samples * samples / sizes; }
  double carriers() const { return fourths > 0.0 ? squares * squares / fourths : 0.0; }
};

ClusterSums sums_of(const Influence& influence, const std::vector<std::size_t>& labels) {
  struct Cluster {
    double sum = 0.0;
    double size = 0.0;
  };
  std::vector<Cluster> clusters;  // by label
  for (std::size_t i = 0; i < influence.size(); ++i) {
    if (!influence[i]) continue;
    if (labels[i] >= clusters.size()) clusters.resize(labels[i] + 1);
    clusters[labels[i]].sum += *influence[i];
    clusters[labels[i]].size += 1.0;
  }
  ClusterSums sums;
  for (const auto& [sum, size] : clusters) {
    if (size == 0.0) continue;
    ++sums.count;
    sums.samples += size;
    sums.squares += sum * sum;
    sums.fourths += sum * sum * sum * sum;
    sums.sizes += size * size;
  }
  return sums;
}

/// The caption of the i-th of n pairs, or what takes its place: three ranges of n labels each.
std::size_t caption_label(const SamplePair& pair, std::size_t i, std::size_t n) {
  if (pair.cluster) return 2 * n + *pair.cluster;
  return pair.is_caption_empty ? n + i : pair.caption;
}

/// A label for each combination of caption and image.
std::vector<std::size_t> crossed(const Clusters& clusters) {
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> numbers;
  std::vector<std::size_t> labels;
  for (std::size_t i = 0; i < clusters.image.size(); ++i)
    labels.push_back(
        numbers.try_emplace({clusters.caption[i], clusters.image[i]}, numbers.size()).first->second);
  return labels;
}

/// Of the combinations. Where each sample has an image of its own, or a caption, these are the combinations.
ClusterSums sums_of_both(const Influence& influence, const Clusters& clusters, const ClusterSums& captions,
                         const ClusterSums& images) {
  const auto are_single = [](const ClusterSums& sums) { return sums.sizes == sums.samples; };
  if (are_single(images)) return images;
  if (are_single(captions)) return captions;
  return sums_of(influence, crossed(clusters));
}

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

Spread spread_of(const Influence& influence, const Clusters& clusters) {
  const ClusterSums captions = sums_of(influence, clusters.caption);
  const ClusterSums images = sums_of(influence, clusters.image);
  const ClusterSums both = sums_of_both(influence, clusters, captions, images);
  Spread spread;
  spread.clusters = std::min(captions.count, images.count);
  if (spread.clusters < 2) return spread;
  const double variance = std::max(
      {captions.variance() + images.variance() - both.variance(), captions.variance(), images.variance()});
  spread.std_error = std::sqrt(variance) / captions.samples;
  spread.effective = std::min(captions.effective(), images.effective());
  spread.carriers = std::min(captions.carriers(), images.carriers());
  return spread;
}

Clusters clusters_of(const Samples& samples) {
  Clusters clusters;
  const std::size_t n = samples.pairs.empty() ? samples.images.size() : samples.pairs.size();
  for (std::size_t i = 0; i < n; ++i) {
    clusters.caption.push_back(samples.pairs.empty() ? i : caption_label(samples.pairs[i], i, n));
    clusters.image.push_back(samples.pairs.empty() ? i : samples.pairs[i].image);
  }
  return clusters;
}

std::string why_unreliable(const Spread& spread, double value) {
  if (spread.std_error <= kRounding * std::abs(value)) {
    return "all samples agree, which says little of how often others would";
  }
  if (spread.effective < kFewClusters) return "it rests on fewer than 20 clusters of samples";
  return spread.carriers < kFewCarriers ? "few samples carry it" : "";
}

void add_standard_error(Result& result, const Samples& samples) {
  const Spread spread = spread_of(result.influence, clusters_of(samples));
  result.clusters = spread.clusters;
  if (spread.clusters < 2) {
    result.unreliable = result.n == 1 ? "1 sample has no spread" : "1 cluster of samples has no spread";
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
