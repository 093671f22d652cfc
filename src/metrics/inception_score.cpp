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
// In a split of few images for its score each image moves p̄ by itself, and the derivative says too little.
// `widening` is the standard error of the jackknife, which leaves each image out of its split,
//
//     (n_s − 1)/n_s · Σ (exp D_s₍₋ᵢ₎ − mean)²
//
// over that of the influences: it is never too small in expectation for a split with an image less (Efron,
// Stein, "The Jackknife Estimate of Variance", Annals of Statistics 9, 1981), and was found large enough from
// five images a split on; below there is none. `bias` comes of the halves of each split.
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

#include "tise/base/names.h"
#include "tise/metrics/bias.h"
#include "tise/metrics/clusters.h"
#include "tise/metrics/influence.h"
#include "tise/metrics/numpy_permutation.h"
#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

constexpr double kZeroDivergence = 1e-12;
constexpr std::size_t kDropped = static_cast<std::size_t>(-1);
/// The error was found too small by more than a tenth where a split has fewer images (docs/statistics.md).
constexpr std::int64_t kFewInSplit = 30;
/// Likewise the jackknife's.
constexpr std::int64_t kTooFewInSplit = 5;
/// Too small as well where a split has fewer images than so many times its score, which then hangs on the
/// number of images.
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

/// Of each split, and of its two halves.
struct CutMeans {
  std::vector<SplitMeans> splits;
  std::array<std::vector<SplitMeans>, 2> halves;
};

/// The rows that lie in one half.
std::vector<std::int64_t> rows_in(const std::vector<std::int64_t>& rows, const RowBlock& block,
                                  const Parts& parts, bool other_half) {
  std::vector<std::int64_t> kept;
  for (const std::int64_t row : rows) {
    const Part part = parts.of_image.empty() ? Part::kOtherHalf
                                             : parts.of_image[block.images[static_cast<std::size_t>(row)]];
    if ((part == Part::kOtherHalf) == other_half) kept.push_back(row);
  }
  return kept;
}

SplitMeans means_of(const Probabilities& of, const std::vector<std::int64_t>& rows) {
  const at::Tensor index = at::tensor(rows, at::kLong);
  return {static_cast<std::int64_t>(rows.size()), of.p.index_select(0, index).mean(0),
          of.p_log_p.index_select(0, index).mean().item<double>()};
}

CutMeans means_of_splits(const RowBlocks& blocks, const std::vector<std::size_t>& split_of,
                         std::size_t splits, double temperature, const Parts& parts) {
  CutMeans means;
  means.halves.fill(std::vector<SplitMeans>(splits));
  blocks([&](const RowBlock& block) {
    const Probabilities of(block.rows, temperature);
    const auto rows = rows_of_splits(block, split_of, splits);
    for (std::size_t split = 0; split < splits; ++split) {
      for (const std::size_t half : {0U, 1U}) {
        const auto own = rows_in(rows[split], block, parts, half == 1U);
        if (!own.empty()) means.halves[half][split].merge(means_of(of, own));
      }
    }
  });
  means.splits = means.halves[0];
  for (std::size_t split = 0; split < splits; ++split) means.splits[split].merge(means.halves[1][split]);
  return means;
}

/// How rows move the score of their split, in the order of their places.
struct Moves {
  explicit Moves(std::size_t count) : image(count), derivative(count), without(count) {}
  std::vector<std::size_t> image;  ///< index into Samples::images
  std::vector<double> derivative;  ///< of the split's score, with respect to the row's share in it
  std::vector<double> without;     ///< the split's score without the row
};

/// The score of a split without each of some rows, [n].
at::Tensor scores_without(const at::Tensor& p, const at::Tensor& p_log_p, const SplitMeans& split) {
  const auto count = static_cast<double>(split.count);
  const at::Tensor mean = ((split.p * count - p) / (count - 1.0)).clamp_min(0.0);
  return ((split.p_log_p * count - p_log_p) / (count - 1.0) - at::xlogy(mean, mean).sum(1)).exp();
}

Moves moves_of_rows(const RowBlocks& blocks, const std::vector<std::size_t>& split_of,
                    const std::vector<SplitMeans>& means, double temperature) {
  std::vector<at::Tensor> logs;
  for (const SplitMeans& split : means) logs.push_back(at::where(split.p > 0.0, split.p, 1.0).log());
  Moves moves(split_of.size());
  blocks([&](const RowBlock& block) {
    const Probabilities of(block.rows, temperature);
    const auto rows = rows_of_splits(block, split_of, means.size());
    for (std::size_t split = 0; split < means.size(); ++split) {
      if (rows[split].empty()) continue;
      const at::Tensor index = at::tensor(rows[split], at::kLong);
      const at::Tensor p = of.p.index_select(0, index);
      const at::Tensor p_log_p = of.p_log_p.index_select(0, index);
      const at::Tensor derivatives =
          (p_log_p - at::mv(p, logs[split]) - means[split].divergence()) * means[split].score();
      const at::Tensor without = scores_without(p, p_log_p, means[split]);
      for (std::size_t i = 0; i < rows[split].size(); ++i) {
        const auto row = static_cast<std::size_t>(rows[split][i]);
        const std::size_t place = block.places[row];
        moves.image[place] = block.images[row];
        moves.derivative[place] = derivatives.const_data_ptr<double>()[i];
        moves.without[place] = without.const_data_ptr<double>()[i];
      }
    }
  });
  return moves;
}

/// Each image's part of the value's deviation: `number` of each place and its split, summed.
template <typename Number>
std::vector<double> shares_of_images(std::size_t images, const std::vector<std::size_t>& split_of,
                                     const Moves& moves, const Number& number) {
  std::vector<double> shares(images, 0.0);
  for (std::size_t place = 0; place < split_of.size(); ++place) {
    if (split_of[place] != kDropped) shares[moves.image[place]] += number(place, split_of[place]);
  }
  return shares;
}

double sum_of_squares(const std::vector<double>& numbers) {
  return std::inner_product(numbers.begin(), numbers.end(), numbers.begin(), 0.0);
}

double mean_score(const std::vector<SplitMeans>& means) {
  double sum = 0.0;
  for (const SplitMeans& split : means) sum += split.score();
  return sum / static_cast<double>(means.size());
}

/// The jackknife's error over that of the shares, at least 1.
double widening_of(const std::vector<double>& shares, const std::vector<std::size_t>& split_of,
                   const Moves& moves, const std::vector<SplitMeans>& means) {
  std::vector<double> centres(means.size(), 0.0);
  for (std::size_t place = 0; place < split_of.size(); ++place) {
    if (split_of[place] == kDropped) continue;
    centres[split_of[place]] += moves.without[place] / static_cast<double>(means[split_of[place]].count);
  }
  const auto splits = static_cast<double>(means.size());
  const auto left_out =
      shares_of_images(shares.size(), split_of, moves, [&](std::size_t place, std::size_t split) {
        const auto count = static_cast<double>(means[split].count);
        if (count < 2.0) return 0.0;
        return (centres[split] - moves.without[place]) * std::sqrt((count - 1.0) / count) / splits;
      });
  const double derivative = sum_of_squares(shares);
  const double score = mean_score(means);
  const bool is_rounding = derivative <= kZeroDivergence * kZeroDivergence * score * score;
  return is_rounding ? 1.0 : std::max(std::sqrt(sum_of_squares(left_out) / derivative), 1.0);
}

/// The mean score of the halves of the splits, where each has images.
std::optional<AtSize> score_at_size(const std::vector<SplitMeans>& means) {
  std::int64_t count = 0;
  for (const SplitMeans& split : means) {
    if (split.count == 0) return std::nullopt;
    count += split.count;
  }
  return at_size(mean_score(means), static_cast<std::size_t>(count));
}

std::int64_t fewest_in_split(const std::vector<SplitMeans>& means) {
  std::int64_t fewest = means.front().count;
  for (const SplitMeans& split : means) fewest = std::min(fewest, split.count);
  return fewest;
}

std::string why_poor(const std::vector<SplitMeans>& means, double score, const std::string& noun) {
  const std::int64_t fewest = fewest_in_split(means);
  if (fewest >= kFewInSplit && static_cast<double>(fewest) >= kSaturated * score) return "";
  return counted(fewest, noun) + " in a split, fewer than 30 or than ten times the score: probably too small";
}

Result score_of(const std::vector<SplitMeans>& means, std::string_view noun) {
  SplitMeans whole;
  std::vector<double> scores;
  for (const SplitMeans& split : means) {
    whole.merge(split);
    scores.push_back(split.score());
  }
  const auto n = static_cast<double>(scores.size());
  const double mean = mean_score(means);
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
  const Parts parts = parts_of(samples, logits.images);
  const CutMeans cut_means = means_of_splits(logits.blocks, split_of, splits, temperature, parts);
  const std::vector<SplitMeans>& means = cut_means.splits;
  Result result = score_of(means, logits.noun);
  if (!result.value) return result;
  if (cut == Cut::kPermuted) result.details["seed"] = settings.seed;
  if (result.n < logits.count) result.details["dropped"] = logits.count - result.n;
  const Moves moves = moves_of_rows(logits.blocks, split_of, means, temperature);
  const auto shares =
      shares_of_images(samples.images.size(), split_of, moves, [&](std::size_t place, std::size_t split) {
        return moves.derivative[place] / static_cast<double>(means[split].count) /
               static_cast<double>(splits);
      });
  result.influence = influence_of_images(samples, logits.metric, logits.images, shares);
  result.poor_expansion = why_poor(means, *result.value, std::string(logits.noun));
  result.widening = std::nullopt;
  if (fewest_in_split(means) >= kTooFewInSplit) result.widening = widening_of(shares, split_of, moves, means);
  const auto halves = mean_of(score_at_size(cut_means.halves[0]), score_at_size(cut_means.halves[1]));
  result.bias = std::nullopt;
  if (halves) result.bias = bias_of(*at_size(*result.value, result.n), *halves);
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
