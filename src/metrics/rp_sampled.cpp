// RP with one draw of distractors, like the TISE toolbox's (r_precision.cpp).

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <random>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "rp.h"
#include "tise/base/names.h"
#include "tise/base/side_by_side.h"
#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

constexpr std::size_t kBins = 10;
/// Pairs whose 99 distractors are in memory at a time: 13 MB at D = 512.
constexpr std::size_t kSampledBlock = 64;

/// What `sampled` draws from: the items that RP uses.
struct Pool {
  struct Range {
    std::size_t begin = 0, end = 0;
  };
  std::vector<std::size_t> pairs;    ///< in the captions' order
  std::vector<std::size_t> by_text;  ///< the same, grouped by text; groups by their first item
  std::vector<Range> same_text;      ///< for each of Samples::pairs: its group within by_text

  std::size_t distractors(std::size_t pair) const {
    return by_text.size() - (same_text[pair].end - same_text[pair].begin);
  }
  /// The k-th distractor of a pair.
  std::size_t distractor(std::size_t pair, std::size_t k) const {
    const Range& own = same_text[pair];
    return by_text[k < own.begin ? k : k + (own.end - own.begin)];
  }
};

Pool pool_of(const Samples& samples, const std::vector<std::size_t>& pairs) {
  Pool pool;
  pool.pairs = pairs;
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

/// Why RP is undefined; empty if it isn't.
std::string why_undefined(const Texts& texts, const Pool& pool) {
  const auto has_others = [&](std::size_t pair) {
    return pool.distractors(pair) > 0 || !texts.of_pair[pair].distractors.empty();
  };
  if (!std::all_of(pool.pairs.begin(), pool.pairs.end(), has_others))
    return why_nothing_differs(pool.pairs.size());
  if (pool.pairs.size() >= kBins) return "";
  return counted(pool.pairs.size(), "caption") + ": 10 bins need at least 10";
}

/// A draw from 0..bound-1 that is the same on every platform (std::uniform_int_distribution's isn't): the top
/// of a 64-bit number, drawn again if it falls into the incomplete last interval.
std::uint64_t draw_below(std::uint64_t bound, std::mt19937_64& generator) {
  const std::uint64_t width = std::mt19937_64::max() / bound;
  std::uint64_t draw = generator() / width;
  while (draw >= bound) draw = generator() / width;
  return draw;
}

/// The rows of the texts that the pair's caption must beat: the listed ones, or 99 drawn by Floyd's method
/// (Bentley and Floyd 1987), which makes each set of 99 equally likely.
std::vector<std::size_t> distractor_rows(const Texts& texts, const Pool& pool, std::size_t pair,
                                         std::uint32_t seed) {
  if (!texts.of_pair[pair].distractors.empty()) return texts.of_pair[pair].distractors;
  std::seed_seq sequence{seed, static_cast<std::uint32_t>(pair), static_cast<std::uint32_t>(pair >> 32U)};
  std::mt19937_64 generator(sequence);
  const std::size_t others = pool.distractors(pair);
  std::unordered_set<std::size_t> drawn;
  std::vector<std::size_t> rows;
  for (std::size_t last = others - std::min(kDistractors, others); last < others; ++last) {
    std::size_t chosen = draw_below(last + 1, generator);
    if (!drawn.insert(chosen).second) drawn.insert(chosen = last);
    rows.push_back(texts.of_pair[pool.distractor(pair, chosen)].bare);
  }
  return rows;
}

/// 1 if no distractor beats the caption, 0 if one does, NaN if a cosine isn't finite.
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

/// Scores some pairs with the distractors that are listed or drawn for them.
void score_by_draw(const Embeddings& images, std::span<const PairRow> pairs, const Texts& all_texts,
                   const Pool& pool, std::uint32_t seed, Scores& scores) {
  std::vector<std::vector<std::size_t>> distractors;
  std::vector<std::size_t> all;
  for (const auto& [pair, row] : pairs) {
    distractors.push_back(distractor_rows(all_texts, pool, pair, seed));
    all.insert(all.end(), distractors.back().begin(), distractors.back().end());
    all.push_back(all_texts.of_pair[pair].bare);
  }
  const BlockTexts texts(all_texts, std::move(all));
  side_by_side(static_cast<std::int64_t>(pairs.size()), [&](std::int64_t number) {
    const auto i = static_cast<std::size_t>(number);
    const auto [pair, row] = pairs[i];
    scores[pair] = hit(images, row, texts, all_texts.of_pair[pair].bare, distractors[i]);
  });
}

/// Replaces the mean over the pairs by the value and `std` over the bins.
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

Result result_of(const Samples& samples, const Texts& texts, const Pool& pool, Scores scores,
                 std::uint32_t seed) {
  Result result = mean_of_pairs(samples, std::move(scores));
  if (!result.value) return result;
  put_bins(result, pool, seed);
  std::size_t fewest = kDistractors;
  for (const std::size_t pair : pool.pairs) {
    const std::size_t listed = texts.of_pair[pair].distractors.size();
    fewest = std::min(fewest, listed > 0 ? listed : pool.distractors(pair));
  }
  result.details["pool"] = pool.pairs.size();
  result.choices = fewest;
  result.details["distractors"] = fewest;
  return result;
}

}  // namespace

Step rp_sampled(const Reading& reading, const std::vector<std::size_t>& pairs) {
  const Texts& texts = *reading.texts;
  const std::uint32_t seed = reading.settings.seed;
  auto pool = std::make_shared<const Pool>(pool_of(reading.samples, pairs));
  if (std::string reason = why_undefined(texts, *pool); !reason.empty())
    return Result::undefined(std::move(reason));
  auto scores = std::make_shared<Scores>(reading.samples.pairs.size());
  return pass_over_pairs(
      reading, pool->pairs,
      [=, &texts](const Embeddings& images, std::span<const PairRow> some) {
        for (auto rest = some; !rest.empty(); rest = rest.subspan(std::min(kSampledBlock, rest.size()))) {
          score_by_draw(images, rest.first(std::min(kSampledBlock, rest.size())), texts, *pool, seed,
                        *scores);
        }
      },
      [=, &texts, &samples = reading.samples] {
        return result_of(samples, texts, *pool, std::move(*scores), seed);
      });
}

}  // namespace tise::metrics
