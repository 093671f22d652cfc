// RP, expected over all draws of distractors, and each pair's influence on it (r_precision.cpp).

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "rp.h"
#include "tise/base/names.h"
#include "tise/base/side_by_side.h"
#include "tise/metrics/metrics.h"

namespace tise::metrics {
namespace {

/// With fewer other captions the expansion is poor. The error was found accurate from one and a half times
/// the distractors on (docs/dev/errors.md).
constexpr std::size_t kFewOthers = kDistractors * 3 / 2;
/// The number of images that the distractors' part of the influences is computed from. Using all would add a
/// pass over all pairs of images and captions, for a part that is a few percent of the error.
constexpr std::size_t kInfluenceImages = 2048;
/// Rivals per tile.
constexpr std::int64_t kRivalBlock = 256;

/// m P / (D − b) and m P / D of an item: what a distractor adds to the item's success by being no closer, and
/// what it takes by being one of D.
struct DistractorWeights {
  double harmless = 0.0;
  double any = 0.0;
};

DistractorWeights distractor_weights(const Ranking& ranking, std::size_t pair, double chance) {
  const auto others = static_cast<double>(ranking.others(pair));
  const auto worse = others - static_cast<double>(ranking.better(pair));
  const double drawn = std::min<double>(kDistractors, others);
  return {worse > 0.0 ? drawn * chance / worse : 0.0, drawn * chance / others};
}

/// Items whose success depends on their distractors, evenly chosen, and how many items each stands for.
struct Rivals {
  std::vector<std::size_t> pairs;
  double stands_for = 1.0;
};

Rivals rivals_of(const std::vector<std::size_t>& pairs, const Ranking& ranking, const Scores& chances) {
  Rivals rivals;
  for (const std::size_t pair : pairs) {
    if (ranking.better(pair) > 0 && chances[pair].value_or(0.0) > 0.0) rivals.pairs.push_back(pair);
  }
  const std::size_t all = rivals.pairs.size();
  if (all <= kInfluenceImages) return rivals;
  rivals.stands_for = static_cast<double>(all) / kInfluenceImages;
  for (std::size_t i = 0; i < kInfluenceImages; ++i)
    rivals.pairs[i] = rivals.pairs[i * all / kInfluenceImages];
  rivals.pairs.resize(kInfluenceImages);
  return rivals;
}

/// The rivals' images, in memory at once.
struct RivalImages {
  std::vector<at::Tensor> rows;    ///< unit rows, together [n, D] float32
  std::vector<double> thresholds;  ///< a caption beats their own if its cosine is above
  std::vector<double> weights;     ///< DistractorWeights::harmless

  void add(const Embeddings& images, std::span<const PairRow> pairs, const Ranking& ranking,
           const Scores& chances) {
    std::vector<std::size_t> image_rows;
    for (const auto& [pair, row] : pairs) {
      image_rows.push_back(row);
      thresholds.push_back(ranking.truth(pair) + kTie);
      weights.push_back(distractor_weights(ranking, pair, *chances[pair]).harmless);
    }
    rows.push_back(images.unit_rows(image_rows));
  }
};

/// For each distinct caption, by place: Σ_i harmless_i over the rivals i to which it is closer than their own
/// caption.
std::vector<double> taken_by_texts(const Texts& all, const DistinctTexts& texts, const RivalImages& rivals,
                                   c10::Device device) {
  std::vector<double> taken(texts.rows.size(), 0.0);
  if (rivals.rows.empty()) return taken;
  const at::Tensor images = at::cat(rivals.rows).to(device);
  const at::Tensor thresholds = column_of(rivals.thresholds, device);
  const at::Tensor weights = at::tensor(rivals.weights, at::kDouble).to(at::kFloat).to(device);
  double* out = taken.data();
  for (const auto rows : text_blocks(texts, device)) {
    const TextBlock block(all, rows, device);
    const auto add = [&](std::int64_t begin, std::int64_t end) {
      const at::Tensor columns = block.units.slice(0, begin, end).t();
      at::Tensor sums = at::zeros({end - begin}, at::kDouble);
      for (std::int64_t first = 0; first < images.size(0); first += kRivalBlock) {
        const std::int64_t last = std::min(first + kRivalBlock, images.size(0));
        const at::Tensor closer =
            at::matmul(images.slice(0, first, last), columns) > thresholds.slice(0, first, last);
        sums += at::matmul(weights.slice(0, first, last), closer.to(at::kFloat)).to(at::kCPU, at::kDouble);
      }
      std::copy_n(sums.const_data_ptr<double>(), sums.numel(), out + begin);
    };
    const std::int64_t count = block.units.size(0);
    device.is_cpu() ? side_by_side_in(count, kTextTile, add) : add(0, count);
    out += count;
  }
  return taken;
}

/// The state of the computation of RP and its influences.
struct Ranked {
  Ranked(const Reading& from, std::vector<std::size_t> used)
      : reading(from), pairs(std::move(used)), ranking(from, pairs) {}
  Reading reading;
  std::vector<std::size_t> pairs;
  Ranking ranking;
  Result result = {};
  Rivals rivals = {};
  std::vector<double> effect = {};  ///< by place of the distinct caption, see begin_effects
  double given = 0.0;
  RivalImages images = {};
};

/// Computes the derivative of Σ_i P_i with respect to the weight of each distinct caption in the pool, over
/// the items i that have it as a distractor. Leaves out what it takes from items by being closer than their
/// own caption (taken_by_texts).
void begin_effects(Ranked& of) {
  of.rivals = rivals_of(of.pairs, of.ranking, of.result.pair_scores);
  of.effect.resize(of.ranking.texts().rows.size());
  for (const std::size_t pair : of.rivals.pairs) {
    const auto weights = distractor_weights(of.ranking, pair, *of.result.pair_scores[pair]);
    of.given += weights.harmless - weights.any;
    for (const OwnCaption& caption : of.ranking.own(pair)) {  // these aren't its distractors
      of.effect[of.ranking.texts().place(caption.row)] -=
          weights.harmless - weights.any - (caption.beats ? weights.harmless : 0.0);
    }
  }
}

/// Completes the influences: adds to each pair's own success its part of what its caption does to others as a
/// distractor.
Result with_influence(Ranked& of) {
  const DistinctTexts& texts = of.ranking.texts();
  const auto taken = taken_by_texts(*of.reading.texts, texts, of.images, of.reading.settings.device);
  for (std::size_t i = 0; i < of.effect.size(); ++i)
    of.effect[i] = of.rivals.stands_for * (of.effect[i] + of.given - taken[i]);
  Result result = std::move(of.result);
  for (const std::size_t pair : of.pairs) {
    if (!result.influence[pair]) continue;
    const std::size_t place = texts.place(of.reading.texts->of_pair[pair].bare);
    *result.influence[pair] += of.effect[place] / static_cast<double>(texts.items[place]);
  }
  return result;
}

/// The mean over the pairs' chances, with influences that still lack the distractors' part.
Result mean_of_chances(const Ranked& of) {
  Scores scores(of.reading.samples.pairs.size());
  std::size_t fewest = of.ranking.texts().rows.size();
  std::size_t left_out = 0;
  for (const std::size_t pair : of.pairs) {
    const std::size_t others = of.ranking.others(pair);
    if (others == 0) {
      ++left_out;
      continue;
    }
    fewest = std::min(fewest, others);
    const double truth = of.ranking.truth(pair);
    scores[pair] = std::isfinite(truth)
                       ? chance_of_none(others, of.ranking.better(pair), std::min(kDistractors, others))
                       : truth;
  }
  if (left_out == of.pairs.size())
    return Result::undefined("no image has another image's caption to be ranked against");
  Result result = mean_of_pairs(of.reading.samples, std::move(scores));
  if (!result.value) return result;
  result.details["pool"] = of.ranking.texts().rows.size();
  result.choices = std::min(kDistractors, fewest);
  result.details["distractors"] = result.choices;
  if (left_out > 0) result.details["left_out"] = left_out;
  if (fewest < kFewOthers) {
    result.poor_expansion =
        "the 99 distractors are drawn from " + counted(fewest, "other caption") + "; at least 148 are needed";
  }
  if (fewest < kDistractors) {
    result.warnings.push_back("ranked among " + counted(fewest, "other caption") +
                              " instead of 99; compare RP only at the same number");
  }
  return result;
}

Step ranked(const std::shared_ptr<Ranked>& of) {
  of->result = mean_of_chances(*of);
  if (!of->result.value) return of->result;
  begin_effects(*of);
  if (of->rivals.pairs.empty()) return with_influence(*of);
  return pass_over_pairs(
      of->reading, of->rivals.pairs,
      [of](const Embeddings& images, std::span<const PairRow> pairs) {
        of->images.add(images, pairs, of->ranking, of->result.pair_scores);
      },
      [of] { return with_influence(*of); });
}

}  // namespace

std::string why_nothing_differs(std::size_t items) {
  return items == 1 ? "1 caption: ranking needs 2" : "all captions are the same";
}

Step rp_exact(const Reading& reading, const std::vector<std::size_t>& pairs) {
  const Samples& samples = reading.samples;
  auto of = std::make_shared<Ranked>(reading, pairs);
  if (of->ranking.texts().rows.size() == 1) {
    const auto is_written_alike = [&](std::size_t pair) {
      return samples.pairs[pair].caption == samples.pairs[pairs.front()].caption;
    };
    return Result::undefined(std::ranges::all_of(pairs, is_written_alike)
                                 ? why_nothing_differs(pairs.size())
                                 : "all captions have the same tokens");
  }
  return of->ranking.look([of] { return ranked(of); });
}

}  // namespace tise::metrics
