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

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <stdexcept>

#include "splits.h"
#include "tise/base/names.h"
#include "tise/metrics/bias.h"
#include "tise/metrics/clusters.h"
#include "tise/metrics/influence.h"
#include "tise/metrics/metrics.h"
#include "tise/metrics/row_blocks.h"
#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

/// The error was found too small by more than a tenth where a split has fewer images (docs/statistics.md).
constexpr std::int64_t kFewInSplit = 30;
/// Likewise the jackknife's.
constexpr std::int64_t kTooFewInSplit = 5;
/// Too small as well where a split has fewer images than so many times its score, which then hangs on the
/// number of images.
constexpr double kSaturated = 10.0;

/// How a row moves the score of its split.
struct Move {
  std::size_t image = 0;    ///< index into Samples::images
  double derivative = 0.0;  ///< of the split's score, with respect to the row's share in it
  double without = 0.0;     ///< the split's score without the row
};

/// The score of a split without each of some rows, [n].
at::Tensor scores_without(const at::Tensor& p, const at::Tensor& p_log_p, const SplitMeans& split) {
  const auto count = static_cast<double>(split.count);
  const at::Tensor mean = ((split.p * count - p) / (count - 1.0)).clamp_min(0.0);
  return ((split.p_log_p * count - p_log_p) / (count - 1.0) - at::xlogy(mean, mean).sum(1)).exp();
}

/// Takes in the rows of a block, by their places.
void add_moves(std::vector<Move>& moves, const RowBlock& block, const std::vector<std::size_t>& split_of,
               const std::vector<SplitMeans>& means, double temperature) {
  const Probabilities of(block.rows, temperature);
  const auto rows = rows_of_splits(block, split_of, means.size());
  for (std::size_t split = 0; split < means.size(); ++split) {
    if (rows[split].empty()) continue;
    const at::Tensor index = at::tensor(rows[split], at::kLong);
    const at::Tensor p = of.p.index_select(0, index);
    const at::Tensor p_log_p = of.p_log_p.index_select(0, index);
    const at::Tensor& mean = means[split].p;
    const at::Tensor log_mean = at::where(mean > 0.0, mean, 1.0).log();  // 0 where the mean is 0
    const at::Tensor derivatives =
        (p_log_p - at::mv(p, log_mean) - means[split].divergence()) * means[split].score();
    const at::Tensor without = scores_without(p, p_log_p, means[split]);
    for (std::size_t i = 0; i < rows[split].size(); ++i) {
      const auto row = static_cast<std::size_t>(rows[split][i]);
      moves[block.places[row]] = {block.images[row], derivatives.const_data_ptr<double>()[i],
                                  without.const_data_ptr<double>()[i]};
    }
  }
}

/// Each image's part of the value's deviation: `number` of each of its rows and the row's split, summed.
template <typename Number>
std::vector<double> shares_of_images(std::size_t images, const std::vector<std::size_t>& split_of,
                                     const std::vector<Move>& moves, const Number& number) {
  std::vector<double> shares(images, 0.0);
  for (std::size_t place = 0; place < split_of.size(); ++place) {
    if (split_of[place] != kDropped) shares[moves[place].image] += number(moves[place], split_of[place]);
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
                   const std::vector<Move>& moves, const std::vector<SplitMeans>& means) {
  std::vector<double> centres(means.size(), 0.0);
  for (std::size_t place = 0; place < split_of.size(); ++place) {
    if (split_of[place] == kDropped) continue;
    centres[split_of[place]] += moves[place].without / static_cast<double>(means[split_of[place]].count);
  }
  const auto splits = static_cast<double>(means.size());
  const auto left_out =
      shares_of_images(shares.size(), split_of, moves, [&](const Move& move, std::size_t split) {
        const auto count = static_cast<double>(means[split].count);
        if (count < 2.0) return 0.0;
        return (centres[split] - move.without) * std::sqrt((count - 1.0) / count) / splits;
      });
  const double derivative = sum_of_squares(shares);
  const double score = mean_score(means);
  const bool is_rounding = derivative <= kZeroDivergence * kZeroDivergence * score * score;
  return is_rounding ? 1.0 : std::max(std::sqrt(sum_of_squares(left_out) / derivative), 1.0);
}

std::int64_t fewest_in_split(const std::vector<SplitMeans>& means) {
  return std::ranges::min_element(means, {}, &SplitMeans::count)->count;
}

/// The mean score of the halves of the splits, where each has images.
std::optional<AtSize> score_at_size(const std::vector<SplitMeans>& means) {
  if (fewest_in_split(means) == 0) return std::nullopt;
  std::int64_t count = 0;
  for (const SplitMeans& split : means) count += split.count;
  return at_size(mean_score(means), static_cast<std::size_t>(count));
}

std::string why_poor(const std::vector<SplitMeans>& means, double score, const std::string& noun) {
  const std::int64_t fewest = fewest_in_split(means);
  if (fewest >= kFewInSplit && static_cast<double>(fewest) >= kSaturated * score) return "";
  return counted(fewest, noun) + " in a split, fewer than 30 or than ten times the score: probably too small";
}

Result score_of(const std::vector<SplitMeans>& means, const std::string& noun) {
  const double mean = mean_score(means);
  if (!std::isfinite(mean)) return Result::undefined("a logit of the " + noun + "s is not finite");
  SplitMeans whole;
  double squares = 0.0;
  for (const SplitMeans& split : means) {
    whole.merge(split);
    const double off = split.score() - mean;
    squares += off * off;
  }
  Result result = Result::of(mean, static_cast<std::size_t>(whole.count));
  result.details["std"] = std::sqrt(squares / static_cast<double>(means.size()));
  result.details["whole_set"] = whole.score();
  result.details["splits"] = means.size();
  return result;
}

/// What a pass gathers and the next one needs.
struct Splitting {
  ColumnRows rows;
  double temperature = 1.0;
  std::vector<std::size_t> split_of;  ///< of each place
  Parts parts;
  Halves halves;
  std::vector<SplitMeans> means;  ///< of the splits
  Result result;
  std::vector<Move> moves;  ///< of each place
};

/// The score with its influences, bias and widening, once it is known how rows move their splits.
Result with_influence(const Reading& reading, Splitting& of) {
  const std::vector<SplitMeans>& means = of.means;
  Result result = std::move(of.result);
  const auto splits = static_cast<double>(means.size());
  const auto shares = shares_of_images(
      reading.samples.images.size(), of.split_of, of.moves, [&](const Move& move, std::size_t split) {
        return move.derivative / static_cast<double>(means[split].count) / splits;
      });
  result.influence = influence_of_images(reading.samples, reading.metric, of.rows.images, shares);
  result.poor_expansion = why_poor(means, *result.value, of.rows.noun);
  result.widening = fewest_in_split(means) < kTooFewInSplit
                        ? std::nullopt
                        : std::optional(widening_of(shares, of.split_of, of.moves, means));
  const auto halves = mean_of(score_at_size(of.halves[0]), score_at_size(of.halves[1]));
  result.bias = halves ? std::optional(bias_of(*at_size(*result.value, result.n), *halves)) : std::nullopt;
  return result;
}

/// The score; then a second pass for the influences.
Step score_of(const Reading& reading, const std::shared_ptr<Splitting>& of, Cut cut) {
  of->means = of->halves[0];
  for (std::size_t split = 0; split < of->means.size(); ++split) of->means[split].merge(of->halves[1][split]);
  of->result = score_of(of->means, of->rows.noun);
  if (!of->result.value) return of->result;
  if (cut == Cut::kPermuted) of->result.details["seed"] = reading.settings.seed;
  if (of->result.n < of->rows.count()) of->result.details["dropped"] = of->rows.count() - of->result.n;
  of->moves.resize(of->split_of.size());
  return pass_over(
      reading, of->rows,
      [of](const RowBlock& block) { add_moves(of->moves, block, of->split_of, of->means, of->temperature); },
      [=] { return with_influence(reading, *of); });
}

Step image_score(const Reading& reading, double temperature) {
  const Cut cut = reading.settings.protocol == Protocol::kTise ? Cut::kInOrder : Cut::kPermuted;
  return inception_score(reading, cut, temperature);
}

Step calibrated_inception_score(const Reading& reading) {
  const std::optional<double>& temperature = reading.settings.temperature;
  if (!temperature)
    return Result::undefined("no temperature: the classifier's card has none; give --temperature");
  return when_done(image_score(reading, *temperature), [temperature = *temperature](Result result) {
    if (result.value) result.details["temperature"] = temperature;
    return result;
  });
}

constexpr std::string_view kTiseSplitsRule = "splits in the order of the image names, not permuted";
constexpr Range kScore{.lowest = 1.0};

}  // namespace

Step inception_score(const Reading& reading, Cut cut, double temperature) {
  const Settings& settings = reading.settings;
  if (settings.splits < 1) throw std::invalid_argument("splits are at least 1");
  if (!(temperature > 0.0)) throw std::invalid_argument("a temperature is above 0");
  const auto splits = static_cast<std::size_t>(settings.splits);
  ColumnRows rows = column_rows(reading);
  if (rows.images.empty()) return Result::undefined("no images");
  if (rows.count() < splits) {
    const std::string wanted = std::to_string(splits);
    return Result::undefined(counted(rows.count(), rows.noun) + ": " + wanted + " splits need at least " +
                             wanted);
  }
  auto of = std::make_shared<Splitting>();
  of->temperature = temperature;
  of->split_of = split_of_places(rows.count(), cut, settings);
  of->parts = parts_of(reading.samples, rows.images);
  of->halves.fill(std::vector<SplitMeans>(splits));
  of->rows = std::move(rows);
  return pass_over(
      reading, of->rows,
      [of](const RowBlock& block) { add_means(of->halves, block, of->split_of, of->temperature, of->parts); },
      [=] { return score_of(reading, of, cut); });
}

const Metric kInceptionScore{
    .key = "IS",
    .summary = "Inception score: exp(mean KL(p(y|x) ‖ p(y))), mean over splits",
    .definition =
        "mean over splits, from ⌊i·n/S⌋ on, of exp(mean KL(p(y|x) ‖ p(y))); its deviation divides by S",
    .tise = kTiseSplitsRule,
    .range = kScore,
    .role = &kClassifier,
    .reads_order = true,
    .settings = {&kProtocolSetting, &kSplitsSetting, &kSeedSetting},
    .compute = [](const Reading& reading) { return image_score(reading, 1.0); }};

const Metric kCalibratedInceptionScore{
    .key = "IS*",
    .summary = "IS of softmax(logits / T), T from the card or --temperature",
    .definition = "as IS, of softmax(logits / T)",
    .tise = kTiseSplitsRule,
    .aspect = "image realism",
    .range = kScore,
    .role = &kClassifier,
    .reads_order = true,
    .settings = {&kProtocolSetting, &kSplitsSetting, &kSeedSetting, &kTemperatureSetting},
    .compute = &calibrated_inception_score};

}  // namespace tise::metrics
