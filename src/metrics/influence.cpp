// Standard errors from influences. A metric is a functional T of the weighted samples. With ψ_i the
// derivative of T with respect to sample i's weight,
//
//     T(sample) ≈ E T + mean of ψ_i,   SE² = variance of ψ_i / n
//
// This is the infinitesimal jackknife (Jaeckel 1972; Efron, "The Jackknife, the Bootstrap and Other
// Resampling Plans", 1982, chapter 6), times n/(n−1) for the degree of freedom that the estimated mean takes.
// Samples that vary together count as one: pairs that share an image, crops of one image, and images of one
// caption. docs/dev/errors.md derives each metric's ψ and shows where the expansion holds.

#include "tise/metrics/influence.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "tise/base/concat.h"
#include "tise/metrics/selection.h"
#include "tise/metrics/significance.h"

namespace tise::metrics {
namespace {

/// With fewer clusters, Student's t for their number is too narrow. A value with a bias is not a mean and
/// needs more clusters (docs/dev/errors.md).
constexpr std::size_t kFewClusters = 20;
constexpr std::size_t kFewClustersOfBiased = 50;
/// With fewer carriers, the error is off by more than 20% one time in three.
constexpr double kFewCarriers = 5.0;
/// A stratum of N samples loses 1/N of its variance to its own mean. This is the limit for the mean of 1/N.
constexpr double kThinStrata = 0.2;
/// An error below this fraction of the value is rounding.
constexpr double kRounding = 1e-12;
constexpr double kLevel = 0.05;

/// What the variance needs from the clusters of one kind.
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

/// Whether the spread is only rounding.
bool is_rounding(const Spread& spread, double value) {
  return spread.std_error <= kRounding * std::abs(value);
}

std::string why_no_spread(std::size_t samples, Prompts prompts) {
  if (prompts == Prompts::kFixed) return "prompts are fixed, but not every prompt has at least two images";
  return samples == 1 ? "1 sample has no spread" : "1 cluster of samples has no spread";
}

/// The degrees of freedom of Student's t.
double degrees_of(const Spread& spread) { return static_cast<double>(spread.clusters) - 1.0; }

/// A label for each combination of caption and image.
std::vector<std::size_t> crossed(const Clusters& clusters) {
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> numbers;
  std::vector<std::size_t> labels;
  for (std::size_t i = 0; i < clusters.image.size(); ++i)
    labels.push_back(
        numbers.try_emplace({clusters.caption[i], clusters.image[i]}, numbers.size()).first->second);
  return labels;
}

/// The sums over the combinations of caption and image. If each sample has its own image, images are the
/// combinations; the same holds for captions.
ClusterSums sums_of_both(const Influence& influence, const Clusters& clusters, const ClusterSums& captions,
                         const ClusterSums& images) {
  const auto are_single = [](const ClusterSums& sums) { return sums.sizes == sums.samples; };
  if (are_single(images)) return images;
  if (are_single(captions)) return captions;
  return sums_of(influence, crossed(clusters));
}

/// The 95% interval of a value, clipped to its range. A share has Wilson's interval for p(1 − p)/SE² trials,
/// at most the actual number, or for as many trials as clusters if all succeed or all fail. Other values have
/// Student's.
std::array<double, 2> interval_of(double value, std::size_t trials, const Spread& spread,
                                  const Range& range) {
  const double degrees = degrees_of(spread);
  if (range != kShare) return range.cut(interval_95(value, spread.std_error, degrees));
  const double variance = spread.std_error * spread.std_error;
  const double bernoulli = value * (1.0 - value);
  const bool all_agree = bernoulli <= 0.0 || variance <= kRounding * bernoulli;
  const double effective = all_agree ? static_cast<double>(spread.clusters)
                                     : std::min(static_cast<double>(trials), bernoulli / variance);
  return share_interval_95(value, effective, degrees);
}

/// The spread of the images of fixed prompts.
Spread spread_within_prompts(const Influence& influence, const Clusters& clusters) {
  const Influence centred = centred_by_prompt(influence, clusters);
  const ClusterSums images = sums_of(centred, clusters.image);
  if (images.count == 0) return {};
  const ClusterSums prompts = sums_of(centred, clusters.prompt);
  Spread spread;
  spread.clusters = images.count - prompts.count + 1;
  spread.std_error = std::sqrt(images.squares) / images.samples;
  spread.effective = static_cast<double>(spread.clusters);
  spread.carriers = images.carriers();
  return spread;
}

/// The outcomes in one stratum, and what varies together in it.
struct Stratum {
  Influence outcomes;
  Clusters clusters;
};

std::vector<Stratum> strata_of(const Strata& strata, const Clusters& clusters) {
  std::vector<Stratum> list(strata.names.size());
  for (std::size_t pair = 0; pair < strata.of_pair.size(); ++pair) {
    for (const Strata::Outcome& outcome : strata.of_pair[pair]) {
      Stratum& stratum = list[outcome.stratum];
      stratum.outcomes.emplace_back(outcome.success);
      stratum.clusters.caption.push_back(clusters.caption[pair]);
      stratum.clusters.image.push_back(clusters.image[pair]);
      if (!clusters.prompt.empty()) stratum.clusters.prompt.push_back(clusters.prompt[pair]);
    }
  }
  return list;
}

/// Adds each stratum's interval, and marks the result if the typical stratum has few samples.
void look_into_strata(Result& result, const Clusters& clusters) {
  double inverse = 0.0;
  std::size_t count = 0;
  std::vector<Stratum> strata = strata_of(result.strata, clusters);
  for (std::size_t i = 0; i < strata.size(); ++i) {
    if (strata[i].outcomes.empty()) continue;
    auto& said = result.details[result.strata.plural][result.strata.names[i]];
    const double share = said["value"].get<double>();
    for (auto& outcome : strata[i].outcomes) *outcome -= share;
    const Spread spread = spread_of(strata[i].outcomes, strata[i].clusters);
    if (spread.clusters > 1) said["ci95"] = interval_of(share, strata[i].outcomes.size(), spread, kShare);
    inverse += 1.0 / std::max(spread.effective, 1.0);
    ++count;
  }
  if (inverse <= kThinStrata * static_cast<double>(count)) return;
  result.poor_expansion = "the typical " + result.strata.noun + " has fewer than 5 samples";
  result.widening = std::nullopt;
}

}  // namespace

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

Influence centred_by_prompt(const Influence& influence, const Clusters& clusters) {
  struct Sum {
    double value = 0.0;
    double count = 0.0;  // an image's samples, a prompt's images
    std::size_t prompt = 0;
  };
  std::map<std::size_t, Sum> images;
  std::map<std::size_t, Sum> prompts;
  for (std::size_t i = 0; i < influence.size(); ++i) {
    if (!influence[i]) continue;
    Sum& image = images[clusters.image[i]];
    image.value += *influence[i];
    image.prompt = clusters.prompt[i];
    ++image.count;
  }
  for (const auto& [label, image] : images) {
    prompts[image.prompt].value += image.value;
    ++prompts[image.prompt].count;
  }
  Influence centred(influence.size());
  for (std::size_t i = 0; i < influence.size(); ++i) {
    if (!influence[i]) continue;
    const Sum& prompt = prompts[clusters.prompt[i]];
    if (prompt.count < 2.0) return Influence(influence.size());
    const double mean = prompt.value / prompt.count / images[clusters.image[i]].count;
    centred[i] = (*influence[i] - mean) * std::sqrt(prompt.count / (prompt.count - 1.0));
  }
  return centred;
}

Spread spread_of(const Influence& influence, const Clusters& clusters) {
  if (!clusters.prompt.empty()) return spread_within_prompts(influence, clusters);
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

std::string why_too_few(const Spread& spread, const std::optional<double>& bias) {
  const std::size_t fewest = bias == 0.0 ? kFewClusters : kFewClustersOfBiased;
  if (spread.effective >= static_cast<double>(fewest)) return "";
  return concat("based on fewer than ", fewest, " clusters of samples");
}

std::string why_unreliable(const Spread& spread, double value, const std::optional<double>& bias) {
  if (is_rounding(spread, value)) {
    return "all samples agree, which does not show how much others would vary";
  }
  if (std::string few = why_too_few(spread, bias); !few.empty()) return few;
  return spread.carriers < kFewCarriers ? "mostly determined by a few samples" : "";
}

void add_standard_error(Result& result, const Samples& samples, const Range& range, Prompts prompts) {
  const Clusters clusters = clusters_of(samples, prompts);
  if (!result.strata.empty()) look_into_strata(result, clusters);
  const Spread spread = spread_of(result.influence, clusters);
  result.clusters = spread.clusters;
  if (spread.clusters < 2) {
    if (result.unreliable.empty()) result.unreliable = why_no_spread(result.n, prompts);
    return;
  }
  result.std_error = spread.std_error;
  result.ci95 = interval_of(*result.value, std::max(result.trials, result.n), spread, range);
  if (result.widening && !is_rounding(spread, *result.value)) {
    result.detectable = detectable_difference(std::sqrt(2.0) * *result.widening * spread.std_error,
                                              2.0 * degrees_of(spread), kLevel);
  }
  result.unreliable = result.poor_expansion;
  if (result.unreliable.empty()) result.unreliable = why_unreliable(spread, *result.value, result.bias);
}

}  // namespace tise::metrics
