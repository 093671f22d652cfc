// Inception Score (IS), Salimans et al., "Improved Techniques for Training GANs", NeurIPS 2016, section 4;
// metric_isc.py of torch-fidelity. Calibrated (IS*): Dinh et al., "TISE", ECCV 2022, section 3.1.
//
//     IS = exp(mean KL(p(y|x) ‖ p(y))),   p(y|x) = softmax(logits), for IS* softmax(logits / T)
//
// The images, in the bytewise order of their names, are permuted by numpy's legacy generator and cut into ten
// splits of which the i-th is [i·n/10, (i+1)·n/10); the value is the mean over the splits, `std` its
// population deviation, `whole_set` the score of all images at once. Within a split, with p̄ the mean of
// p(y|x),
//
//     mean KL = mean Σ_c p log p − Σ_c p̄ log p̄
//
// so that one pass in any order is enough. Both terms are at most log C, so their difference is good to about
// 1e-15; below 1e-12 it is rounding and taken for 0, which makes the score of equal images exactly 1.
//
// With D_s a split's mean KL, an image of the split s, which has n_s of them, has the influence
//
//     ψ = n/(S n_s) · exp(D_s) · (KL(p(y|x) ‖ p̄_s) − D_s)
//
// in which p̄'s own dependence on the image has cancelled (docs/statistics.md). That takes a second pass.
//
// The TISE toolbox (Protocol::kTise) doesn't permute, and cuts the crops of O-IS into splits of n/10 each,
// leaving the rest out (`dropped`).
//
// Departures: float64 throughout. Where every p(y) underflows to 0, p̄ log p̄ is 0 (torch-fidelity: NaN).
// Fewer images than splits have no score (torch-fidelity: NaN).

#include "tise/metrics/inception_score.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "tise/metrics/influence.h"
#include "tise/metrics/numpy_permutation.h"
#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

constexpr double kZeroDivergence = 1e-12;
constexpr std::size_t kDropped = static_cast<std::size_t>(-1);
/// The error was found too small by more than a tenth where a split has fewer images (docs/statistics.md).
constexpr std::int64_t kFewInSplit = 30;
/// Likewise where it has fewer than so many times its score, which then hangs on the number of images.
constexpr double kSaturated = 10.0;

/// Means over the images of a split: running, so that their rounding doesn't grow with the count.
struct SplitMeans {
  std::int64_t count = 0;
  at::Tensor p;          // [C]
  double p_log_p = 0.0;  // of Σ_c p log p

  void merge(const SplitMeans& other) {
    if (other.count == 0) return;
    if (count == 0) p = at::zeros_like(other.p);
    count += other.count;
    const double weight = static_cast<double>(other.count) / static_cast<double>(count);
    p = p + (other.p - p) * weight;
    p_log_p += (other.p_log_p - p_log_p) * weight;
  }

  double divergence() const {
    const double mean = p_log_p - at::xlogy(p, p).sum().item<double>();
    return mean < kZeroDivergence ? 0.0 : mean;  // NaN stays
  }
  double score() const { return std::exp(divergence()); }
};

/// p and Σ_c p log p of some rows of logits, float64.
struct Probabilities {
  Probabilities(const at::Tensor& logits, double temperature) {
    const at::Tensor log_p = at::log_softmax(logits.to(at::kCPU, at::kDouble) / temperature, 1);
    p = log_p.exp();
    p_log_p = (p * log_p).sum(1);
  }
  at::Tensor p;        // [n, C]
  at::Tensor p_log_p;  // [n]
};

/// The places in the order that is cut into splits.
std::vector<std::size_t> order_of_places(std::size_t count, Cut cut, std::uint32_t seed) {
  if (cut == Cut::kPermuted) return numpy_permutation(seed, count);
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  return order;
}

/// Of each place, its split, or kDropped.
std::vector<std::size_t> split_of_places(std::size_t count, Cut cut, const Settings& settings) {
  const auto splits = static_cast<std::size_t>(settings.splits);
  const std::size_t used = cut == Cut::kEqual ? count - count % splits : count;
  const std::vector<std::size_t> order = order_of_places(count, cut, settings.seed);
  std::vector<std::size_t> split_of(count, kDropped);
  for (std::size_t split = 0; split < splits; ++split) {
    const std::size_t end = (split + 1) * used / splits;
    for (std::size_t i = split * used / splits; i < end; ++i) split_of[order[i]] = split;
  }
  return split_of;
}

/// Of each split, the rows of a block that belong to it.
std::vector<std::vector<std::int64_t>> rows_of_splits(const RowBlock& block,
                                                      const std::vector<std::size_t>& split_of,
                                                      std::size_t splits) {
  std::vector<std::vector<std::int64_t>> rows(splits);
  for (std::size_t row = 0; row < block.places.size(); ++row) {
    const std::size_t split = split_of[block.places[row]];
    if (split != kDropped) rows[split].push_back(static_cast<std::int64_t>(row));
  }
  return rows;
}

std::vector<SplitMeans> means_of_splits(const RowBlocks& blocks, const std::vector<std::size_t>& split_of,
                                        std::size_t splits, double temperature) {
  std::vector<SplitMeans> means(splits);
  blocks([&](const RowBlock& block) {
    const Probabilities of(block.rows, temperature);
    const auto rows = rows_of_splits(block, split_of, splits);
    for (std::size_t split = 0; split < splits; ++split) {
      if (rows[split].empty()) continue;
      const at::Tensor index = at::tensor(rows[split], at::kLong);
      means[split].merge({static_cast<std::int64_t>(rows[split].size()), of.p.index_select(0, index).mean(0),
                          of.p_log_p.index_select(0, index).mean().item<double>()});
    }
  });
  return means;
}

/// Each image's part of the value's deviation.
std::vector<double> shares_of_images(const RowBlocks& blocks, std::size_t images,
                                     const std::vector<std::size_t>& split_of,
                                     const std::vector<SplitMeans>& means, double temperature) {
  std::vector<at::Tensor> logs;
  for (const SplitMeans& split : means) logs.push_back(at::where(split.p > 0.0, split.p, 1.0).log());
  std::vector<double> shares(images, 0.0);
  blocks([&](const RowBlock& block) {
    const Probabilities of(block.rows, temperature);
    const auto rows = rows_of_splits(block, split_of, means.size());
    for (std::size_t split = 0; split < means.size(); ++split) {
      if (rows[split].empty()) continue;
      const at::Tensor index = at::tensor(rows[split], at::kLong);
      const at::Tensor divergences =
          of.p_log_p.index_select(0, index) - at::mv(of.p.index_select(0, index), logs[split]);
      const double scale =
          means[split].score() / static_cast<double>(means.size()) / static_cast<double>(means[split].count);
      const at::Tensor parts = (divergences - means[split].divergence()) * scale;
      const auto* part = parts.const_data_ptr<double>();
      for (const std::int64_t row : rows[split]) {
        shares[block.images[static_cast<std::size_t>(row)]] += *part++;
      }
    }
  });
  return shares;
}

std::string why_poor(const std::vector<SplitMeans>& means, double score, const std::string& noun) {
  std::int64_t fewest = means.front().count;
  for (const SplitMeans& split : means) fewest = std::min(fewest, split.count);
  if (fewest >= kFewInSplit && static_cast<double>(fewest) >= kSaturated * score) return "";
  return counted(static_cast<std::size_t>(fewest), noun) +
         " in a split, fewer than 30 or than ten times the score: probably too small";
}

Result score_of(const std::vector<SplitMeans>& means, std::string_view noun) {
  SplitMeans whole;
  std::vector<double> scores;
  for (const SplitMeans& split : means) {
    whole.merge(split);
    scores.push_back(split.score());
  }
  const auto n = static_cast<double>(scores.size());
  const double mean = std::accumulate(scores.begin(), scores.end(), 0.0) / n;
  if (!std::isfinite(mean))
    return Result::undefined("a logit of the " + std::string(noun) + "s is not finite");
  double squares = 0.0;
  for (const double score : scores) squares += (score - mean) * (score - mean);

  Result result = Result::of(mean, static_cast<std::size_t>(whole.count));
  result.details["std"] = std::sqrt(squares / n);
  result.details["whole_set"] = whole.score();
  result.details["splits"] = means.size();
  return result;
}

Result score_at(double temperature, std::string_view key, const Samples& samples, const Settings& settings) {
  const std::vector<std::size_t> images = images_for(samples, key);
  if (images.empty()) return Result::undefined("no images");
  if (!samples.inception) return Result::undefined("no image logits");
  const Cut cut = settings.protocol == Protocol::kTise ? Cut::kInOrder : Cut::kPermuted;
  const MetricRows logits{key, "image", images, image_blocks(samples.inception, images, &ImageRows::logits),
                          images.size()};
  return inception_score_of(samples, logits, cut, temperature, settings);
}

}  // namespace

Result inception_score_of(const Samples& samples, const MetricRows& logits, Cut cut, double temperature,
                          const Settings& settings) {
  if (settings.splits < 1) throw std::invalid_argument("splits are at least 1");
  if (!(temperature > 0.0)) throw std::invalid_argument("a temperature is above 0");
  const auto splits = static_cast<std::size_t>(settings.splits);
  if (logits.count < splits) {
    const std::string wanted = std::to_string(splits);
    return Result::undefined(counted(logits.count, logits.noun) + ": " + wanted + " splits need at least " +
                             wanted);
  }
  const auto split_of = split_of_places(logits.count, cut, settings);
  const auto means = means_of_splits(logits.blocks, split_of, splits, temperature);
  Result result = score_of(means, logits.noun);
  if (!result.value) return result;
  if (cut == Cut::kPermuted) result.details["seed"] = settings.seed;
  if (result.n < logits.count) result.details["dropped"] = logits.count - result.n;
  result.influence = influence_of_images(
      samples, logits.metric, logits.images,
      shares_of_images(logits.blocks, samples.images.size(), split_of, means, temperature));
  result.poor_expansion = why_poor(means, *result.value, std::string(logits.noun));
  return result;
}

Result inception_score(const Samples& samples, const Reference*, const Settings& settings) {
  return score_at(1.0, kInceptionScoreKey, samples, settings);
}

Result calibrated_inception_score(const Samples& samples, const Reference*, const Settings& settings) {
  if (!settings.temperature) {
    return Result::undefined("no temperature: the classifier's card has none; give --temperature");
  }
  Result result = score_at(*settings.temperature, kCalibratedInceptionScoreKey, samples, settings);
  if (result.value) result.details["temperature"] = *settings.temperature;
  return result;
}

}  // namespace tise::metrics
