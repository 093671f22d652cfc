// R-precision (RP) with CLIP, Dinh et al., "TISE", ECCV 2022, section 3.2; RP_coco.py of the TISE toolbox.
// The metric is Xu et al.'s (AttnGAN, CVPR 2018), the network Park et al.'s choice (2021).
//
// An image succeeds where none of 99 distractors is closer to it than its own caption, by cosine. The pool is
// the items that RP uses; a distractor is an item whose caption text differs as written, so that a foreign
// caption which three items share stands in the pool three times. With fewer than 99 others, all of them.
// A difference within 1e-6 is a tie, and a tie counts for the truth.
//
// `exact` (default) is the expectation over all draws of the 99: of D distractors, b beat the truth, then
//
//     P(success) = C(D − b, m) / C(D, m),   m = min(99, D),   RP = mean of P
//
// All similarities are computed in float32 on the device, a block of captions against a block of images at a
// time; those too near the threshold for float32 are computed again in float64 on the CPU, so that the count
// depends on neither blocks, threads nor device.
//
// Each caption is also a distractor of others, so RP is no mean over independent pairs: `exact` is a
// U-statistic of an image and m captions. Its Hájek projection gives the influence of the pair j
//
//     ψ_j = P_j − RP + Σ_i m P_i ( [j is no closer to i] / (D_i − b_i) − 1 / D_i )
//
// the sum over the images i that have j as a distractor (docs/statistics.md). It is taken over at most 2,048
// of them, evenly spaced, which costs a constant number of passes.
//
// `sampled` is TISE's: an item's listed distractors, else 99 drawn for it by its position and the seed; items
// shuffled, cut into ten bins, the last with the remainder; value and `std` (population) over the bins'
// shares.
//
// Departures: TISE's shuffle has no seed, ours is numpy's permutation of --seed. Its argmax counts only exact
// ties for the truth, in half precision on a GPU. Influences of `sampled` are those of a mean over bins,
// without the distractors' part.

#include "tise/metrics/r_precision.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <random>
#include <unordered_map>
#include <unordered_set>

#include "tise/metrics/influence.h"
#include "tise/metrics/numpy_permutation.h"
#include "tise/metrics/selection.h"
#include "tise/metrics/similarity.h"

namespace tise::metrics {
namespace {

constexpr std::size_t kDistractors = 99;
constexpr std::size_t kBins = 10;
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
/// The error was found good from one and a half times the distractors up (docs/statistics.md).
constexpr std::size_t kFewOthers = kDistractors * 3 / 2;
/// Pairs whose 99 distractors are in memory at a time: 13 MB at D = 512.
constexpr std::size_t kSampledBlock = 64;

/// The items that RP uses, those with the same caption text side by side.
struct Pool {
  struct Range {
    std::size_t begin = 0, end = 0;
  };
  std::vector<std::size_t> pairs;    ///< in the captions' order
  std::vector<std::size_t> by_text;  ///< the same, grouped by text; groups by their first item
  std::vector<Range> same_text;      ///< of each of Samples::pairs: its group within by_text

  std::size_t distractors(std::size_t pair) const {
    return by_text.size() - (same_text[pair].end - same_text[pair].begin);
  }
  /// The k-th distractor of a pair.
  std::size_t distractor(std::size_t pair, std::size_t k) const {
    const Range& own = same_text[pair];
    return by_text[k < own.begin ? k : k + (own.end - own.begin)];
  }
};

Pool pool_of(const Samples& samples) {
  Pool pool;
  pool.pairs = pairs_for(samples, kRPrecisionKey);
  pool.same_text.resize(samples.pairs.size());
  std::unordered_map<std::size_t, std::size_t> group_of_text;
  std::vector<std::vector<std::size_t>> groups;
  for (const std::size_t pair : pool.pairs) {
    const auto [found, fresh] = group_of_text.try_emplace(samples.pairs[pair].caption, groups.size());
    if (fresh) groups.emplace_back();
    groups[found->second].push_back(pair);
  }
  for (const std::vector<std::size_t>& group : groups) {
    const std::size_t begin = pool.by_text.size();
    pool.by_text.insert(pool.by_text.end(), group.begin(), group.end());
    for (const std::size_t pair : group) pool.same_text[pair] = {begin, pool.by_text.size()};
  }
  return pool;
}

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

Result exact(const Samples& samples, const Pool& pool, c10::Device device) {
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

/// A draw from 0..bound-1, the same on every platform (std::uniform_int_distribution isn't): the top of a
/// 64-bit number, again where it falls into the incomplete last interval.
std::uint64_t draw_below(std::uint64_t bound, std::mt19937_64& generator) {
  const std::uint64_t width = std::mt19937_64::max() / bound;
  std::uint64_t draw = generator() / width;
  while (draw >= bound) draw = generator() / width;
  return draw;
}

/// Rows of the texts that the pair's caption must beat. Drawn by Floyd's method (Bentley and Floyd 1987):
/// each set of 99 is as likely as any other.
std::vector<std::size_t> distractor_rows(const Samples& samples, const Pool& pool, std::size_t pair,
                                         std::uint32_t seed) {
  if (!samples.pairs[pair].distractors.empty()) return samples.pairs[pair].distractors;
  std::seed_seq sequence{seed, static_cast<std::uint32_t>(pair), static_cast<std::uint32_t>(pair >> 32U)};
  std::mt19937_64 generator(sequence);
  const std::size_t others = pool.distractors(pair);
  std::unordered_set<std::size_t> drawn;
  std::vector<std::size_t> rows;
  for (std::size_t last = others - std::min(kDistractors, others); last < others; ++last) {
    std::size_t chosen = draw_below(last + 1, generator);
    if (!drawn.insert(chosen).second) drawn.insert(chosen = last);
    rows.push_back(samples.pairs[pool.distractor(pair, chosen)].bare);
  }
  return rows;
}

/// 1 where no distractor beats the caption, 0 where one does, NaN where a cosine isn't finite.
double hit(const Embeddings& images, std::size_t image, const BlockTexts& texts, std::size_t own,
           const std::vector<std::size_t>& distractors) {
  const double truth = cosine(images, image, texts.embeddings(), texts.at(own));
  double hit = std::isfinite(truth) ? 1.0 : truth;
  for (const std::size_t distractor : distractors) {
    const double similarity = cosine(images, image, texts.embeddings(), texts.at(distractor));
    if (!std::isfinite(similarity)) return similarity;
    if (similarity > truth + kTie) hit = 0.0;
  }
  return hit;
}

/// Scores some pairs by the distractors that are listed or drawn for them.
void score_by_draw(const Embeddings& images, std::span<const PairRow> pairs, const Samples& samples,
                   const Pool& pool, std::uint32_t seed, std::vector<std::optional<double>>& scores) {
  std::vector<std::vector<std::size_t>> distractors;
  std::vector<std::size_t> all;
  for (const auto& [pair, row] : pairs) {
    distractors.push_back(distractor_rows(samples, pool, pair, seed));
    all.insert(all.end(), distractors.back().begin(), distractors.back().end());
    all.push_back(samples.pairs[pair].bare);
  }
  const BlockTexts texts(samples.texts, std::move(all));
  at::parallel_for(0, static_cast<std::int64_t>(pairs.size()), 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const auto [pair, row] = pairs[i];
      scores[pair] = hit(images, row, texts, samples.pairs[pair].bare, distractors[i]);
    }
  });
}

/// Value and `std` over the bins, in place of the mean over the pairs.
void put_bins(Result& result, const Pool& pool, std::uint32_t seed) {
  const std::vector<std::size_t> order = numpy_permutation(seed, pool.pairs.size());
  const std::size_t width = order.size() / kBins;
  std::array<double, kBins> shares{};
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    const std::size_t end = bin + 1 == kBins ? order.size() : (bin + 1) * width;
    const auto size = static_cast<double>(end - bin * width);
    for (std::size_t i = bin * width; i < end; ++i) shares[bin] += *result.pair_scores[pool.pairs[order[i]]];
    shares[bin] /= size;
    const double weight = static_cast<double>(order.size()) / (kBins * size);
    for (std::size_t i = bin * width; i < end; ++i) {
      const std::size_t pair = pool.pairs[order[i]];
      result.influence[pair] = weight * (*result.pair_scores[pair] - shares[bin]);
    }
  }
  const double mean = std::accumulate(shares.begin(), shares.end(), 0.0) / kBins;
  double squares = 0.0;
  for (const double share : shares) squares += (share - mean) * (share - mean);
  result.value = mean;
  result.details["std"] = std::sqrt(squares / kBins);
  result.details["bins"] = kBins;
  result.details["seed"] = seed;
}

Result sampled(const Samples& samples, const Pool& pool, std::uint32_t seed) {
  if (pool.pairs.size() < kBins) {
    return Result::undefined(counted(pool.pairs.size(), "caption") + ": 10 bins need at least 10");
  }
  std::vector<std::optional<double>> scores(samples.pairs.size());
  visit_pairs(samples, pool.pairs, [&](const Embeddings& images, std::span<const PairRow> pairs) {
    for (auto rest = pairs; !rest.empty(); rest = rest.subspan(std::min(kSampledBlock, rest.size()))) {
      score_by_draw(images, rest.first(std::min(kSampledBlock, rest.size())), samples, pool, seed, scores);
    }
  });
  Result result = mean_of_pairs(samples, std::move(scores));
  if (result.value) put_bins(result, pool, seed);
  return result;
}

/// Where an item has nothing to be held against, why.
std::string why_undefined(const Samples& samples, const Pool& pool, RpEstimator estimator) {
  const auto has_others = [&](std::size_t pair) {
    return pool.distractors(pair) > 0 ||
           (estimator == RpEstimator::kSampled && !samples.pairs[pair].distractors.empty());
  };
  if (pool.pairs.empty()) return "no pairs";
  if (!samples.clip) return "no image embeddings";
  if (std::all_of(pool.pairs.begin(), pool.pairs.end(), has_others)) return "";
  return pool.pairs.size() == 1 ? "1 caption: ranking needs 2" : "all captions are the same";
}

}  // namespace

double chance_of_none(std::size_t pool, std::size_t better, std::size_t draws) {
  double chance = 1.0;
  for (std::size_t k = 0; k < draws && chance > 0.0; ++k) {
    if (better + k >= pool) return 0.0;
    chance *= static_cast<double>(pool - better - k) / static_cast<double>(pool - k);
  }
  return chance;
}

Result r_precision(const Samples& samples, const Reference*, const Settings& settings) {
  const Pool pool = pool_of(samples);
  if (std::string reason = why_undefined(samples, pool, settings.rp); !reason.empty()) {
    return Result::undefined(std::move(reason));
  }
  const bool is_exact = settings.rp == RpEstimator::kExact;
  Result result = is_exact ? exact(samples, pool, settings.device) : sampled(samples, pool, settings.seed);
  if (!result.value) return result;
  std::size_t others = pool.pairs.size();
  for (const std::size_t pair : pool.pairs) others = std::min(others, pool.distractors(pair));
  const std::size_t fewest = std::min(kDistractors, others);
  result.details["estimator"] = is_exact ? "exact" : "sampled";
  result.details["pool"] = pool.pairs.size();
  result.details["distractors"] = fewest;
  if (is_exact && others < kFewOthers) {
    result.poor_expansion = counted(others, "other caption") + " to draw 99 from, fewer than 148";
  }
  if (is_exact && fewest < kDistractors) {
    result.warnings.push_back("ranked among " + std::to_string(fewest) +
                              " other captions, not 99: compare RP only at this pool");
  }
  return result;
}

}  // namespace tise::metrics
