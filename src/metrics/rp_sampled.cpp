// RP over one draw of distractors, as the TISE toolbox has it (r_precision.cpp).

#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <random>
#include <unordered_set>

#include "rp_pool.h"
#include "tise/metrics/numpy_permutation.h"
#include "tise/metrics/selection.h"
#include "tise/metrics/similarity.h"

namespace tise::metrics {
namespace {

constexpr std::size_t kBins = 10;
/// Pairs whose 99 distractors are in memory at a time: 13 MB at D = 512.
constexpr std::size_t kSampledBlock = 64;

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

}  // namespace

Result rp_sampled(const Samples& samples, const Pool& pool, std::uint32_t seed) {
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

}  // namespace tise::metrics
