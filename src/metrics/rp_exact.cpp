// RP over all draws of distractors, and each pair's influence on it (r_precision.cpp).

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "rp_pool.h"
#include "tise/base/names.h"
#include "tise/metrics/influence.h"
#include "tise/metrics/r_precision.h"
#include "tise/metrics/selection.h"
#include "tise/metrics/similarity.h"

namespace tise::metrics {
namespace {

/// float32 cosines of unit rows are within this of the true ones, with room to spare (seen: 3e-7 at D = 768).
constexpr double kGuard = 1e-5;
/// Captions whose embeddings are in memory at a time, 8 MB at D = 512 and on a GPU 64 MB; the images are read
/// once for each block.
constexpr std::size_t kTextBlock = 4096;
constexpr std::size_t kTextBlockOnGpu = 32768;
/// Images that the distractors' part of the influences is taken over: more would add a pass over all pairs of
/// images and captions for a part that is a few per cent of the error.
constexpr std::size_t kInfluenceImages = 2048;
/// So many of them are held against a block of captions at a time.
constexpr std::int64_t kRivalBlock = 512;

/// The distinct captions of the items, as rows of Samples::texts (texts with the same tokens share one): what
/// distractors are drawn from.
struct DistinctTexts {
  std::vector<std::size_t> rows;   ///< rising
  std::vector<std::size_t> items;  ///< how many items have it

  std::size_t place(std::size_t row) const {
    return static_cast<std::size_t>(std::lower_bound(rows.begin(), rows.end(), row) - rows.begin());
  }
  bool has(std::size_t row) const { return std::binary_search(rows.begin(), rows.end(), row); }
};

DistinctTexts distinct_texts(const Samples& samples, const std::vector<std::size_t>& pairs) {
  std::map<std::size_t, std::size_t> items_of_row;
  for (const std::size_t pair : pairs) ++items_of_row[samples.pairs[pair].bare];
  DistinctTexts texts;
  for (const auto& [row, items] : items_of_row) {
    texts.rows.push_back(row);
    texts.items.push_back(items);
  }
  return texts;
}

/// Some of the distinct captions.
struct TextBlock {
  TextBlock(const TextSource& source, std::span<const std::size_t> rows, c10::Device device)
      : embeddings(source(rows)), columns(embeddings.rows().t().to(device)) {
    at::Tensor lengths = at::empty({static_cast<std::int64_t>(rows.size())}, at::kFloat);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const double norm = embeddings.norm(i);
      lengths.mutable_data_ptr<float>()[i] = norm == 0.0 ? 1.0F : static_cast<float>(norm);
    }
    norms = lengths.to(device);
  }
  Embeddings embeddings;
  at::Tensor columns;  ///< [D, n] float32 on the device
  at::Tensor norms;    ///< [n] float32 on the device; 1 for a row of zeros: its cosines are 0
};

/// A column [n, 1] float32.
at::Tensor column(const std::vector<double>& values, c10::Device device) {
  return at::tensor(values, at::kDouble).to(at::kFloat).unsqueeze(1).to(device);
}

/// Adds to `better`, for each of some pairs, the captions of a block that beat its own.
void add_better(const Embeddings& images, std::span<const PairRow> pairs, const TextBlock& block,
                const std::vector<double>& truths, std::vector<std::size_t>& better) {
  std::vector<std::size_t> rows;
  std::vector<double> surely;
  std::vector<double> maybe;
  for (const auto& [pair, row] : pairs) {
    rows.push_back(row);
    surely.push_back(truths[pair] + kTie + kGuard);  // nothing is above what isn't a number
    maybe.push_back(truths[pair] + kTie - kGuard);
  }
  const c10::Device device = block.columns.device();
  const at::Tensor products = at::matmul(images.unit_rows(rows).to(device), block.columns);
  const at::Tensor sure = products > column(surely, device) * block.norms;
  const at::Tensor doubtful = (products > column(maybe, device) * block.norms).logical_xor_(sure);
  const at::Tensor counts = sure.sum(1).to(at::kCPU);
  const at::Tensor places = doubtful.nonzero().to(at::kCPU).contiguous();
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    better[pairs[i].pair] += static_cast<std::size_t>(counts.const_data_ptr<std::int64_t>()[i]);
  }
  const auto* place = places.const_data_ptr<std::int64_t>();
  for (std::int64_t k = 0; k < places.size(0); ++k, place += 2) {
    const auto [pair, row] = pairs[static_cast<std::size_t>(place[0])];
    const auto text = static_cast<std::size_t>(place[1]);
    if (cosine(images, row, block.embeddings, text) > truths[pair] + kTie) ++better[pair];
  }
}

/// A caption of a pair's own image.
struct OwnCaption {
  std::size_t row = 0;
  bool beats = false;  ///< the pair's caption
};

/// For each pair: the cosine of its caption, how many captions of others it is held against (D), and how many
/// of these beat it (b).
class Ranking {
 public:
  Ranking(const Samples& samples, const std::vector<std::size_t>& pairs, const DistinctTexts& texts,
          c10::Device device);

  double truth(std::size_t pair) const { return truths_[pair]; }
  std::size_t others(std::size_t pair) const { return texts_.rows.size() - own(pair).size(); }
  std::size_t better(std::size_t pair) const { return better_[pair]; }

  /// The captions of the pair's image, each once: none of them is its distractor.
  std::vector<OwnCaption> own(std::size_t pair) const;

 private:
  const Samples& samples_;
  const DistinctTexts& texts_;
  std::vector<std::vector<std::size_t>> pairs_of_image_;
  std::vector<double> truths_;
  std::vector<std::size_t> better_;
};

/// Calls `visit` with the distinct captions, a block at a time.
void visit_texts(const Samples& samples, const DistinctTexts& texts, c10::Device device,
                 const std::function<void(const TextBlock&, std::span<const std::size_t> rows)>& visit) {
  const std::size_t most = device.is_cpu() ? kTextBlock : kTextBlockOnGpu;
  for (std::span<const std::size_t> rest(texts.rows); !rest.empty();) {
    const auto rows = rest.first(std::min(most, rest.size()));
    visit(TextBlock(samples.texts, rows, device), rows);
    rest = rest.subspan(rows.size());
  }
}

/// The pairs whose captions are among the texts, used by RP or not.
std::vector<std::size_t> pairs_with(const Samples& samples, const DistinctTexts& texts) {
  std::vector<std::size_t> pairs;
  for (std::size_t i = 0; i < samples.pairs.size(); ++i) {
    if (texts.has(samples.pairs[i].bare)) pairs.push_back(i);
  }
  return pairs;
}

Ranking::Ranking(const Samples& samples, const std::vector<std::size_t>& pairs, const DistinctTexts& texts,
                 c10::Device device)
    : samples_(samples), texts_(texts), better_(samples.pairs.size()) {
  const std::vector<std::size_t> all = pairs_with(samples, texts);
  pairs_of_image_ = pairs_by_image(samples, all);
  truths_ = own_cosines(samples, all, &SamplePair::bare);
  visit_texts(samples, texts, device, [&](const TextBlock& block, std::span<const std::size_t>) {
    visit_pairs(samples, pairs, [&](const Embeddings& images, std::span<const PairRow> some) {
      add_better(images, some, block, truths_, better_);
    });
  });
  for (const std::size_t pair : pairs) {
    for (const OwnCaption& caption : own(pair)) better_[pair] -= caption.beats ? 1U : 0U;
  }
}

std::vector<OwnCaption> Ranking::own(std::size_t pair) const {
  std::vector<OwnCaption> captions;
  for (const std::size_t other : pairs_of_image_[samples_.pairs[pair].image]) {
    const std::size_t row = samples_.pairs[other].bare;
    const auto is_same = [&](const OwnCaption& caption) { return caption.row == row; };
    if (std::none_of(captions.begin(), captions.end(), is_same))
      captions.push_back({row, truths_[other] > truths_[pair] + kTie});
  }
  return captions;
}

/// m P / (D − b) and m P / D of an item: what one of its distractors adds to its success by being no closer,
/// and what it takes by being one of D.
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

/// Items whose success hangs on their distractors, evenly chosen, and how many each stands for.
struct Rivals {
  std::vector<std::size_t> pairs;
  double stands_for = 1.0;
};

Rivals rivals_of(const std::vector<std::size_t>& pairs, const Ranking& ranking,
                 const std::vector<std::optional<double>>& chances) {
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
  at::Tensor rows;        ///< [n, D] float32, unit rows
  at::Tensor thresholds;  ///< [n, 1] float32: of a caption that beats their own
  at::Tensor weights;     ///< [n] float32: `harmless`
};

RivalImages images_of_rivals(const Samples& samples, const Rivals& rivals, const Ranking& ranking,
                             const std::vector<double>& harmless, c10::Device device) {
  std::vector<at::Tensor> rows;
  std::vector<double> thresholds;
  std::vector<double> weights;
  visit_pairs(samples, rivals.pairs, [&](const Embeddings& images, std::span<const PairRow> pairs) {
    std::vector<std::size_t> image_rows;
    for (const auto& [pair, row] : pairs) {
      image_rows.push_back(row);
      thresholds.push_back(ranking.truth(pair) + kTie);
      weights.push_back(harmless[pair]);
    }
    rows.push_back(images.unit_rows(image_rows));
  });
  return {at::cat(rows).to(device), column(thresholds, device),
          at::tensor(weights, at::kDouble).to(at::kFloat).to(device)};
}

/// For each distinct caption (by its place), Σ_i harmless_i over the rivals i that it is closer to than their
/// own caption is.
std::vector<double> taken_by_texts(const Samples& samples, const DistinctTexts& texts, const Rivals& rivals,
                                   const Ranking& ranking, const std::vector<double>& harmless,
                                   c10::Device device) {
  if (rivals.pairs.empty()) return std::vector<double>(texts.rows.size(), 0.0);
  const RivalImages images = images_of_rivals(samples, rivals, ranking, harmless, device);
  std::vector<double> taken;
  visit_texts(samples, texts, device, [&](const TextBlock& block, std::span<const std::size_t> rows) {
    at::Tensor sums = at::zeros({static_cast<std::int64_t>(rows.size())}, at::kDouble);
    for (std::int64_t begin = 0; begin < images.rows.size(0); begin += kRivalBlock) {
      const std::int64_t end = std::min(begin + kRivalBlock, images.rows.size(0));
      const at::Tensor products = at::matmul(images.rows.slice(0, begin, end), block.columns);
      const at::Tensor closer = products > images.thresholds.slice(0, begin, end) * block.norms;
      sums +=
          at::matmul(images.weights.slice(0, begin, end), closer.to(at::kFloat)).to(at::kCPU, at::kDouble);
    }
    taken.insert(taken.end(), sums.const_data_ptr<double>(), sums.const_data_ptr<double>() + sums.numel());
  });
  return taken;
}

/// For each distinct caption (by its place), the derivative of Σ_i P_i with respect to its weight in the
/// pool, over the items i that have it as a distractor.
std::vector<double> effect_of_texts(const Samples& samples, const DistinctTexts& texts,
                                    const Ranking& ranking, const Rivals& rivals, const Result& result,
                                    c10::Device device) {
  std::vector<double> harmless(samples.pairs.size());
  std::vector<double> effect(texts.rows.size());
  double given = 0.0;
  for (const std::size_t pair : rivals.pairs) {
    const auto weights = distractor_weights(ranking, pair, *result.pair_scores[pair]);
    harmless[pair] = weights.harmless;
    given += weights.harmless - weights.any;
    for (const OwnCaption& caption : ranking.own(pair)) {  // its own are none of its distractors
      effect[texts.place(caption.row)] -=
          weights.harmless - weights.any - (caption.beats ? weights.harmless : 0.0);
    }
  }
  const auto taken = taken_by_texts(samples, texts, rivals, ranking, harmless, device);
  for (std::size_t i = 0; i < effect.size(); ++i)
    effect[i] = rivals.stands_for * (effect[i] + given - taken[i]);
  return effect;
}

/// The influences: of each pair its own success, and its part of what its caption takes from others as their
/// distractor.
Influence influence_of_pairs(const Samples& samples, const std::vector<std::size_t>& pairs,
                             const DistinctTexts& texts, const Ranking& ranking, const Result& result,
                             c10::Device device) {
  const Rivals rivals = rivals_of(pairs, ranking, result.pair_scores);
  const auto effect = effect_of_texts(samples, texts, ranking, rivals, result, device);
  Influence influence = influence_on_mean(result.pair_scores, *result.value);
  for (const std::size_t pair : pairs) {
    if (!influence[pair]) continue;
    const std::size_t place = texts.place(samples.pairs[pair].bare);
    *influence[pair] += effect[place] / static_cast<double>(texts.items[place]);
  }
  return influence;
}

}  // namespace

Result rp_exact(const Samples& samples, const std::vector<std::size_t>& pairs, c10::Device device) {
  const DistinctTexts texts = distinct_texts(samples, pairs);
  if (texts.rows.size() == 1) {
    const auto is_written_alike = [&](std::size_t pair) {
      return samples.pairs[pair].caption == samples.pairs[pairs.front()].caption;
    };
    return Result::undefined(std::all_of(pairs.begin(), pairs.end(), is_written_alike)
                                 ? why_nothing_differs(pairs.size())
                                 : "all captions have the same tokens");
  }
  const Ranking ranking(samples, pairs, texts, device);
  std::vector<std::optional<double>> scores(samples.pairs.size());
  std::size_t fewest = texts.rows.size();
  std::size_t left_out = 0;
  for (const std::size_t pair : pairs) {
    const std::size_t others = ranking.others(pair);
    if (others == 0) {
      ++left_out;
      continue;
    }
    fewest = std::min(fewest, others);
    scores[pair] = std::isfinite(ranking.truth(pair))
                       ? chance_of_none(others, ranking.better(pair), std::min(kDistractors, others))
                       : ranking.truth(pair);
  }
  if (left_out == pairs.size())
    return Result::undefined("no image has another image's caption to be held against");
  Result result = mean_of_pairs(samples, std::move(scores));
  if (!result.value) return result;
  result.influence = influence_of_pairs(samples, pairs, texts, ranking, result, device);
  result.details["pool"] = texts.rows.size();
  result.choices = std::min(kDistractors, fewest);
  result.details["distractors"] = result.choices;
  if (left_out > 0) result.details["left_out"] = left_out;
  if (fewest < kFewOthers) {
    result.poor_expansion = counted(fewest, "other caption") + " to draw 99 from, fewer than 148";
  }
  if (fewest < kDistractors) {
    result.warnings.push_back("ranked among " + counted(fewest, "other caption") +
                              ", not 99: compare RP only at this pool");
  }
  return result;
}

}  // namespace tise::metrics
