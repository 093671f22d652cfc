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

#include "tise/metrics/numpy_permutation.h"
#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

constexpr double kRounding = 1e-12;
constexpr std::size_t kDropped = static_cast<std::size_t>(-1);

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

  double score() const {
    const double divergence = p_log_p - at::xlogy(p, p).sum().item<double>();
    return std::exp(divergence < kRounding ? 0.0 : divergence);  // NaN stays
  }
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

std::vector<SplitMeans> means_of_splits(const LogitBlocks& blocks, std::size_t count, Cut cut,
                                        double temperature, const Settings& settings) {
  const auto splits = static_cast<std::size_t>(settings.splits);
  const auto split_of = split_of_places(count, cut, settings);
  std::vector<SplitMeans> means(splits);
  blocks([&](std::span<const std::size_t> places, const at::Tensor& rows_of_logits) {
    const at::Tensor logits = rows_of_logits.to(at::kCPU, at::kDouble) / temperature;
    const at::Tensor p = at::softmax(logits, 1);
    const at::Tensor p_log_p = at::xlogy(p, p).sum(1);
    std::vector<std::vector<std::int64_t>> rows(splits);
    for (std::size_t row = 0; row < places.size(); ++row) {
      const std::size_t split = split_of[places[row]];
      if (split != kDropped) rows[split].push_back(static_cast<std::int64_t>(row));
    }
    for (std::size_t split = 0; split < splits; ++split) {
      if (rows[split].empty()) continue;
      const at::Tensor index = at::tensor(rows[split], at::kLong);
      means[split].merge({static_cast<std::int64_t>(rows[split].size()), p.index_select(0, index).mean(0),
                          p_log_p.index_select(0, index).mean().item<double>()});
    }
  });
  return means;
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

/// The logits of some images (rising), in the order of their names.
LogitBlocks logits_of(const ImageStream& stream, const std::vector<std::size_t>& images) {
  return [&stream, &images](const auto& visit) {
    visit_images(stream, images, [&](const ImageRows& chunk) {
      std::vector<std::size_t> places;
      for (const std::size_t image : chunk.images) {
        places.push_back(
            static_cast<std::size_t>(std::lower_bound(images.begin(), images.end(), image) - images.begin()));
      }
      visit(places, chunk.logits);
    });
  };
}

Result score_at(double temperature, std::string_view key, const Samples& samples, const Settings& settings) {
  const std::vector<std::size_t> images = images_for(samples, key);
  if (images.empty()) return Result::undefined("no images");
  if (!samples.inception) return Result::undefined("no image logits");
  const Cut cut = settings.protocol == Protocol::kTise ? Cut::kInOrder : Cut::kPermuted;
  return inception_score_of(logits_of(samples.inception, images), images.size(), "image", cut, temperature,
                            settings);
}

}  // namespace

Result inception_score_of(const LogitBlocks& logits, std::size_t count, std::string_view noun, Cut cut,
                          double temperature, const Settings& settings) {
  if (settings.splits < 1) throw std::invalid_argument("splits are at least 1");
  if (!(temperature > 0.0)) throw std::invalid_argument("a temperature is above 0");
  if (count < static_cast<std::size_t>(settings.splits)) {
    const std::string splits = std::to_string(settings.splits);
    return Result::undefined(counted(count, noun) + ": " + splits + " splits need at least " + splits);
  }
  Result result = score_of(means_of_splits(logits, count, cut, temperature, settings), noun);
  if (!result.value) return result;
  if (cut == Cut::kPermuted) result.details["seed"] = settings.seed;
  if (result.n < count) result.details["dropped"] = count - result.n;
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
