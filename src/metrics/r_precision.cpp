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

#include <algorithm>
#include <unordered_map>

#include "rp_pool.h"
#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

/// The error was found good from one and a half times the distractors up (docs/statistics.md).
constexpr std::size_t kFewOthers = kDistractors * 3 / 2;

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
  Result result =
      is_exact ? rp_exact(samples, pool, settings.device) : rp_sampled(samples, pool, settings.seed);
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
