// Inception Score (IS), Salimans et al., "Improved Techniques for Training GANs", NeurIPS 2016, section 4;
// metric_isc.py of torch-fidelity. Calibrated (IS*): Dinh et al., "TISE", ECCV 2022, section 3.1.
//
//     IS = exp(mean KL(p(y|x) ‖ p(y))),   p(y|x) = softmax(logits), for IS* softmax(logits / T)
//
// The images, in the bytewise order of their names, are permuted by numpy's legacy generator and cut into S =
// 10 splits; split i is [i·n/S, (i+1)·n/S). The value is the mean over the splits, `std` the population
// standard deviation over them, `whole_set` the score of all images at once. Within a split, with p̄ the mean
// of p(y|x),
//
//     mean KL = mean Σ_c p log p − Σ_c p̄ log p̄
//
// so one pass in any order is enough. Both terms are at most log C, so their difference is accurate to about
// 1e-15. Below 1e-12 it is rounding and set to 0, which makes the score of identical images exactly 1.
//
// With D_s the mean KL of split s, an image of this split, one of n_s, has the influence
//
//     ψ = n/(S n_s) · exp(D_s) · (KL(p(y|x) ‖ p̄_s) − D_s)
//
// in which p̄'s own dependence on the image has canceled (docs/dev/errors.md). The influences take a second
// pass.
//
// If a split has few images for its score, each image noticeably moves p̄, and the derivative underestimates
// the error. `widening` is the jackknife's standard error divided by that of the influences. The jackknife
// leaves each image out of its split; its variance,
//
//     (n_s − 1)/n_s · Σ (exp D_s₍₋ᵢ₎ − mean)²
//
// is in expectation never too small for a split with one image fewer (Efron, Stein, "The Jackknife Estimate
// of Variance", Annals of Statistics 9, 1981). It was found large enough from five images per split on; with
// fewer, `widening` is null. `bias` comes from the halves of each split.
//
// The TISE toolbox (Protocol::kTise) doesn't permute. It cuts the crops of O-IS into splits of n/10 and drops
// the rest (`dropped`).
//
// Departures: float64 throughout. If a class's p(y) underflows to 0, its p̄ log p̄ is 0 (torch-fidelity: NaN).
// With fewer images than splits the score is undefined (torch-fidelity: NaN).

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <span>
#include <stdexcept>

#include "splits.h"
#include "tise/base/concat.h"
#include "tise/base/mapped.h"
#include "tise/base/names.h"
#include "tise/base/side_by_side.h"
#include "tise/metrics/bias.h"
#include "tise/metrics/clusters.h"
#include "tise/metrics/influence.h"
#include "tise/metrics/metrics.h"
#include "tise/metrics/row_blocks.h"
#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

/// With fewer images in a split, the error was found too small by more than 10% (docs/dev/errors.md).
constexpr std::int64_t kFewInSplit = 30;
/// With fewer images in a split, the jackknife's error is too small, too.
constexpr std::int64_t kTooFewInSplit = 5;
/// The error is also too small if a split has fewer images than this many times its score. The score then
/// depends on the number of images.
constexpr double kSaturated = 10.0;

/// How a row affects the score of its split.
struct Move {
  std::size_t image = 0;    ///< index into Samples::images
  double derivative = 0.0;  ///< of the split's score with respect to the row's share in the split
  double without = 0.0;     ///< the split's score without the row
};

/// The splits as columns [S, 1] and rows [S, C] of float64, from which each row picks those of its split.
struct SplitTable {
  explicit SplitTable(const std::vector<SplitMeans>& means) : p(at::stack(mapped(means, &SplitMeans::p))) {
    const auto column = [&](auto number) {
      return at::tensor(mapped(means, number)).to(at::kDouble).unsqueeze(1);
    };
    log_p = at::where(p > 0.0, p, 1.0).log();  // 0 where p̄ is 0
    count = column(&SplitMeans::count);
    p_log_p = column(&SplitMeans::p_log_p);
    divergence = column(&SplitMeans::divergence);
    score = column(&SplitMeans::score);
  }
  at::Tensor p;
  at::Tensor log_p;
  at::Tensor count;
  at::Tensor p_log_p;
  at::Tensor divergence;
  at::Tensor score;
};

/// For each row the score of its split without the row, [n, 1].
at::Tensor scores_without(const Probabilities& of, const SplitTable& splits, const at::Tensor& split) {
  const at::Tensor count = splits.count.index_select(0, split);
  at::Tensor mean = splits.p.index_select(0, split);
  mean.mul_(count).sub_(of.p).div_(count - 1.0).clamp_min_(0.0);
  const at::Tensor logs = mean.clamp_min(std::numeric_limits<double>::min()).log_();  // 0 · log 0 is 0
  const at::Tensor p_log_p =
      (splits.p_log_p.index_select(0, split) * count - of.p_log_p.unsqueeze(1)) / (count - 1.0);
  return (p_log_p - mean.mul_(logs).sum(1, /*keepdim=*/true)).exp();
}

/// How rows affect their splits' scores: derivatives, and scores without each row, [n, 1] both.
struct RowMoves {
  RowMoves(const at::Tensor& logits, const at::Tensor& split, const SplitTable& splits, double temperature) {
    const Probabilities of(logits, temperature);
    const at::Tensor cross = splits.log_p.index_select(0, split).mul_(of.p).sum(1, /*keepdim=*/true);
    derivatives = (of.p_log_p.unsqueeze(1) - cross - splits.divergence.index_select(0, split)) *
                  splits.score.index_select(0, split);
    without = scores_without(of, splits, split);
  }
  at::Tensor derivatives;
  at::Tensor without;
};

/// Stores the moves of a block's rows, by their places.
void add_moves(std::vector<Move>& moves, const RowBlock& block, const std::vector<std::size_t>& split_of,
               const SplitTable& splits, double temperature) {
  side_by_side_in(block.rows.size(0), kLogitRows, [&](std::int64_t begin, std::int64_t end) {
    const auto places = std::span(block.places)
                            .subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
    // A row of no split is computed as if it were in the first; shares_of_images ignores it.
    const at::Tensor split = at::tensor(mapped(places,
                                               [&](std::size_t place) {
                                                 return split_of[place] == kDropped
                                                            ? std::int64_t{0}
                                                            : static_cast<std::int64_t>(split_of[place]);
                                               }),
                                        at::kLong);
    const RowMoves rows(block.rows.slice(0, begin, end), split, splits, temperature);
    for (std::size_t i = 0; i < places.size(); ++i) {
      moves[places[i]] = {block.images[static_cast<std::size_t>(begin) + i],
                          rows.derivatives.const_data_ptr<double>()[i],
                          rows.without.const_data_ptr<double>()[i]};
    }
  });
}

/// Each image's part of the value's deviation: the sum of `number` over its rows, called with the row's move
/// and split.
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

/// The ratio of the jackknife's error to that of the shares, at least 1.
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

/// The mean score of some sets of images, and their size. Returns nullopt if one of them is empty.
std::optional<AtSize> score_at_size(const std::vector<SplitMeans>& means) {
  if (fewest_in_split(means) == 0) return std::nullopt;
  std::int64_t count = 0;
  for (const SplitMeans& split : means) count += split.count;
  return at_size(mean_score(means), static_cast<std::size_t>(count));
}

std::string why_poor(const std::vector<SplitMeans>& means, double score, const std::string& noun) {
  const std::int64_t fewest = fewest_in_split(means);
  const auto needed = std::max(kFewInSplit, static_cast<std::int64_t>(std::ceil(kSaturated * score)));
  if (fewest >= needed) return "";
  return concat("probably too small, with ", counted(fewest, noun), " in a split; at least ", needed,
                " are needed");
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

/// What the first pass gathers and the second one needs.
struct Splitting {
  explicit Splitting(std::size_t splits) : halves(2 * splits) {}
  ColumnRows rows;
  double temperature = 1.0;
  std::vector<std::size_t> split_of;  ///< by place
  SetMeans halves;                    ///< the first halves of all splits, then the second halves
  std::vector<std::size_t> half_of;   ///< by place: its half in `halves`
  std::vector<SplitMeans> means;      ///< of the splits
  Result result;
  std::vector<Move> moves;  ///< by place
};

/// For each place its half in Splitting::halves, or kDropped.
std::vector<std::size_t> half_of_places(const Samples& samples, const ColumnRows& rows,
                                        std::vector<std::size_t> split_of, std::size_t splits) {
  const Parts parts = parts_of(samples, rows.images);
  for (std::size_t i = 0; i < rows.images.size(); ++i) {
    if (parts.of(rows.images[i]) != Part::kOtherHalf) continue;
    const std::size_t end = i + 1 < rows.images.size() ? rows.first[rows.images[i + 1]] : rows.count();
    for (std::size_t place = rows.first[rows.images[i]]; place < end; ++place) {
      if (split_of[place] != kDropped) split_of[place] += splits;
    }
  }
  return split_of;
}

/// The means of all splits' first (`half` is 0) or second halves.
std::vector<SplitMeans> half_means(const Splitting& of, std::size_t splits, std::size_t half) {
  std::vector<SplitMeans> means;
  for (std::size_t split = 0; split < splits; ++split) means.push_back(of.halves.of(half * splits + split));
  return means;
}

/// The score with its influences, bias and widening, after the second pass.
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
  const auto halves =
      mean_of(score_at_size(half_means(of, means.size(), 0)), score_at_size(half_means(of, means.size(), 1)));
  result.bias = halves ? std::optional(bias_of(*at_size(*result.value, result.n), *halves)) : std::nullopt;
  return result;
}

/// Computes the score, then starts a second pass for the influences.
Step score_of(const Reading& reading, const std::shared_ptr<Splitting>& of, Cut cut) {
  const auto splits = static_cast<std::size_t>(reading.settings.splits);
  of->means = half_means(*of, splits, 0);
  const std::vector<SplitMeans> others = half_means(*of, splits, 1);
  for (std::size_t split = 0; split < splits; ++split) of->means[split].merge(others[split]);
  of->result = score_of(of->means, of->rows.noun);
  if (!of->result.value) return of->result;
  if (cut == Cut::kPermuted) of->result.details["seed"] = reading.settings.seed;
  if (of->result.n < of->rows.count()) of->result.details["dropped"] = of->rows.count() - of->result.n;
  of->moves.resize(of->split_of.size());
  return pass_over(
      reading, of->rows,
      [of, table = SplitTable(of->means)](const RowBlock& block) {
        add_moves(of->moves, block, of->split_of, table, of->temperature);
      },
      [=] { return with_influence(reading, *of); });
}

Step image_score(const Reading& reading, double temperature) {
  const Cut cut = reading.settings.protocol == Protocol::kTise ? Cut::kInOrder : Cut::kPermuted;
  return inception_score(reading, cut, temperature);
}

Step calibrated_inception_score(const Reading& reading) {
  const std::optional<double>& temperature = reading.settings.temperature;
  if (!temperature)
    return Result::undefined("no temperature: the classifier's card has none; pass --temperature");
  return when_done(image_score(reading, *temperature), [temperature = *temperature](Result result) {
    if (result.value) result.details["temperature"] = temperature;
    return result;
  });
}

constexpr std::string_view kTiseSplitsRule =
    "splits follow the order of the image names, without a permutation";
constexpr Range kScore{.lowest = 1.0};

}  // namespace

Step inception_score(const Reading& reading, Cut cut, double temperature) {
  const Settings& settings = reading.settings;
  if (settings.splits < 1) throw std::invalid_argument("the number of splits must be at least 1");
  if (!(temperature > 0.0)) throw std::invalid_argument("the temperature must be above 0");
  const auto splits = static_cast<std::size_t>(settings.splits);
  ColumnRows rows = column_rows(reading);
  if (rows.images.empty()) return Result::undefined("no images");
  if (rows.count() < splits) {
    const std::string wanted = std::to_string(splits);
    return Result::undefined(counted(rows.count(), rows.noun) + ": " + wanted + " splits need at least " +
                             wanted);
  }
  auto of = std::make_shared<Splitting>(splits);
  of->temperature = temperature;
  of->split_of = split_of_places(rows.count(), cut, settings);
  of->half_of = half_of_places(reading.samples, rows, of->split_of, splits);
  of->rows = std::move(rows);
  return pass_over(
      reading, of->rows, [of](const RowBlock& block) { of->halves.add(block, of->half_of, of->temperature); },
      [=] { return score_of(reading, of, cut); });
}

extern const Metric kInceptionScore{
    .key = "IS",
    .summary = "Inception score: exp(mean KL(p(y|x) ‖ p(y))), mean over splits",
    .definition =
        "exp(mean KL(p(y|x) ‖ p(y))), mean over splits; split i starts at ⌊i·n/S⌋; `std` divides by S",
    .tise = kTiseSplitsRule,
    .range = kScore,
    .role = &kClassifier,
    .order = {kSplits},
    .std_over = "splits",
    .settings = {&kProtocolSetting, &kSplitsSetting, &kSeedSetting},
    .compute = [](const Reading& reading) { return image_score(reading, 1.0); }};

extern const Metric kCalibratedInceptionScore{
    .key = "IS*",
    .summary = "IS with softmax(logits / T), T from the card or --temperature",
    .definition = "as IS, with softmax(logits / T)",
    .tise = kTiseSplitsRule,
    .aspect = "image realism",
    .range = kScore,
    .role = &kClassifier,
    .order = {kSplits},
    .std_over = "splits",
    .settings = {&kProtocolSetting, &kSplitsSetting, &kSeedSetting, &kTemperatureSetting},
    .compute = &calibrated_inception_score};

}  // namespace tise::metrics
