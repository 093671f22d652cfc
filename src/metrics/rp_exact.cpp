// RP over all draws of distractors, and each pair's influence on it (r_precision.cpp).

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "rp_pool.h"
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

/// The distinct captions of the pool, as rows of Samples::texts; one row may stand for many items.
struct DistinctTexts {
  std::vector<std::size_t> rows;
  std::vector<std::int32_t> items;  ///< how many items have it
};

DistinctTexts distinct_texts(const Samples& samples, const Pool& pool) {
  std::map<std::size_t, std::int32_t> items_of_row;
  for (const std::size_t pair : pool.pairs) ++items_of_row[samples.pairs[pair].bare];
  DistinctTexts texts;
  for (const auto& [row, items] : items_of_row) {
    texts.rows.push_back(row);
    texts.items.push_back(items);
  }
  return texts;
}

/// Some of the distinct captions.
struct TextBlock {
  TextBlock(const TextSource& source, std::span<const std::size_t> rows, std::span<const std::int32_t> counts,
            c10::Device device)
      : items(counts), embeddings(source(rows)) {
    const auto size = static_cast<std::int64_t>(counts.size());
    at::Tensor lengths = at::empty({size}, at::kFloat);
    at::Tensor weights = at::empty({size}, at::kFloat);
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const double norm = embeddings.norm(i);
      lengths.mutable_data_ptr<float>()[i] = norm == 0.0 ? 1.0F : static_cast<float>(norm);
      weights.mutable_data_ptr<float>()[i] = static_cast<float>(counts[i]);
    }
    columns = embeddings.rows().t().to(device);
    norms = lengths.to(device);
    items_on_device = weights.to(device);
  }
  std::span<const std::int32_t> items;  ///< how many items have the caption
  Embeddings embeddings;
  at::Tensor columns;          ///< [D, n] float32 on the device
  at::Tensor norms;            ///< [n] float32 on the device; 1 for a row of zeros: its cosines are 0
  at::Tensor items_on_device;  ///< [n] float32: counts are exact up to 2^24
};

/// A column [n, 1] float32.
at::Tensor column(const std::vector<double>& values, c10::Device device) {
  return at::tensor(values, at::kDouble).to(at::kFloat).unsqueeze(1).to(device);
}

/// Adds to `better`, for each of some pairs, the items of a block that beat its own caption.
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
  const at::Tensor counts = at::mv(sure.to(at::kFloat), block.items_on_device).to(at::kCPU);
  const at::Tensor places = doubtful.nonzero().to(at::kCPU).contiguous();
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    better[pairs[i].pair] += static_cast<std::size_t>(counts.const_data_ptr<float>()[i]);
  }
  const auto* place = places.const_data_ptr<std::int64_t>();
  for (std::int64_t k = 0; k < places.size(0); ++k, place += 2) {
    const auto [pair, row] = pairs[static_cast<std::size_t>(place[0])];
    const auto text = static_cast<std::size_t>(place[1]);
    if (cosine(images, row, block.embeddings, text) <= truths[pair] + kTie) continue;
    better[pair] += static_cast<std::size_t>(block.items[text]);
  }
}

/// For each pair of the pool, the cosine of its own caption and the items that beat it.
struct Ranking {
  std::vector<double> truths;
  std::vector<std::size_t> better;
};

/// Calls `visit` with the distinct captions, a block at a time.
void visit_texts(const Samples& samples, const DistinctTexts& texts, c10::Device device,
                 const std::function<void(const TextBlock&, std::span<const std::size_t> rows)>& visit) {
  const std::span<const std::size_t> rows(texts.rows);
  const std::span<const std::int32_t> items(texts.items);
  const std::size_t most = device.is_cpu() ? kTextBlock : kTextBlockOnGpu;
  for (std::size_t begin = 0; begin < rows.size(); begin += most) {
    const std::size_t n = std::min(most, rows.size() - begin);
    visit(TextBlock(samples.texts, rows.subspan(begin, n), items.subspan(begin, n), device),
          rows.subspan(begin, n));
  }
}

Ranking ranking_of(const Samples& samples, const Pool& pool, const DistinctTexts& texts, c10::Device device) {
  Ranking ranking{own_cosines(samples, pool.pairs, &SamplePair::bare),
                  std::vector<std::size_t>(samples.pairs.size())};
  visit_texts(samples, texts, device, [&](const TextBlock& block, std::span<const std::size_t>) {
    visit_pairs(samples, pool.pairs, [&](const Embeddings& images, std::span<const PairRow> pairs) {
      add_better(images, pairs, block, ranking.truths, ranking.better);
    });
  });
  return ranking;
}

/// m P / (D − b) and m P / D of an item: what one of its distractors adds to its success by being no closer,
/// and what it takes by being one of D.
struct DistractorWeights {
  double harmless = 0.0;
  double any = 0.0;
};

DistractorWeights distractor_weights(const Pool& pool, const Ranking& ranking, std::size_t pair,
                                     double chance) {
  const auto others = static_cast<double>(pool.distractors(pair));
  const auto worse = others - static_cast<double>(ranking.better[pair]);
  const double drawn = std::min<double>(kDistractors, others);
  return {worse > 0.0 ? drawn * chance / worse : 0.0, drawn * chance / others};
}

/// Items whose success hangs on their distractors, evenly chosen, and how many each stands for.
struct Rivals {
  std::vector<std::size_t> pairs;
  double stands_for = 1.0;
};

Rivals rivals_of(const Pool& pool, const Ranking& ranking,
                 const std::vector<std::optional<double>>& chances) {
  Rivals rivals;
  for (const std::size_t pair : pool.pairs) {
    if (ranking.better[pair] > 0 && *chances[pair] > 0.0) rivals.pairs.push_back(pair);
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
      thresholds.push_back(ranking.truths[pair] + kTie);
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

/// The influences: of each pair its own success, and what it takes from others as their distractor.
Influence influence_of_pairs(const Samples& samples, const Pool& pool, const DistinctTexts& texts,
                             const Ranking& ranking, const Result& result, c10::Device device) {
  const Rivals rivals = rivals_of(pool, ranking, result.pair_scores);
  std::vector<double> harmless(samples.pairs.size());
  std::vector<double> given_by_text(
      samples.pairs.size());  // by SamplePair::caption: of the rivals that have it
  double given = 0.0;
  for (const std::size_t pair : rivals.pairs) {
    const auto weights = distractor_weights(pool, ranking, pair, *result.pair_scores[pair]);
    harmless[pair] = weights.harmless;
    given += weights.harmless - weights.any;
    given_by_text[samples.pairs[pair].caption] += weights.harmless - weights.any;
  }
  const auto taken = taken_by_texts(samples, texts, rivals, ranking, harmless, device);
  Influence influence = influence_on_mean(result.pair_scores, *result.value);
  for (const std::size_t pair : pool.pairs) {
    const auto place = std::lower_bound(texts.rows.begin(), texts.rows.end(), samples.pairs[pair].bare);
    const double lost = taken[static_cast<std::size_t>(place - texts.rows.begin())];
    *influence[pair] += rivals.stands_for * (given - given_by_text[samples.pairs[pair].caption] - lost);
  }
  return influence;
}

}  // namespace

Result rp_exact(const Samples& samples, const Pool& pool, c10::Device device) {
  const DistinctTexts texts = distinct_texts(samples, pool);
  const Ranking ranking = ranking_of(samples, pool, texts, device);
  std::vector<std::optional<double>> scores(samples.pairs.size());
  for (const std::size_t pair : pool.pairs) {
    const std::size_t others = pool.distractors(pair);
    scores[pair] = std::isfinite(ranking.truths[pair])
                       ? chance_of_none(others, ranking.better[pair], std::min(kDistractors, others))
                       : ranking.truths[pair];
  }
  Result result = mean_of_pairs(samples, std::move(scores));
  if (result.value) result.influence = influence_of_pairs(samples, pool, texts, ranking, result, device);
  return result;
}

}  // namespace tise::metrics
