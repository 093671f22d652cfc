// R-precision (RP) with CLIP, Dinh et al., "TISE", ECCV 2022, section 3.2; RP_coco.py of the TISE toolbox.
// The metric is Xu et al.'s (AttnGAN, CVPR 2018), the network Park et al.'s choice (2021).
//
// An image succeeds where none of 99 distractors is closer to it than its own caption, by cosine. With fewer
// than 99 others, all of them. A difference within 1e-6 is a tie, and a tie counts for the truth.
//
// `exact` (default) draws distractors from the distinct captions of the items that RP uses, but for those of
// the image itself; captions are the same where their tokens are, so that texts which are cut at the
// context's end decide nothing. It is the expectation over all draws of the 99: of D distractors, b beat the
// truth, then
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
//     ψ_j = P_j − RP + 1/k_j · Σ_i m P_i ( [j is not closer to i] / (D_i − b_i) − 1 / D_i )
//
// the sum over the images i that have j's caption as a distractor, k_j the items with that caption
// (docs/statistics.md). It is taken over at most 2,048 images, evenly spaced, which costs a constant number
// of passes.
//
// `sampled` is TISE's: an item's listed distractors, else 99 drawn for it, by its position and the seed, from
// the items whose caption differs as written, so that one which three items share is there three times; items
// shuffled, cut into ten bins, the last with the remainder; value and `std` (population) over the bins'
// shares.
//
// Departures: TISE's shuffle has no seed, ours is numpy's permutation of --seed. Its argmax counts only exact
// ties for the truth, in half precision on a GPU. Influences of `sampled` are those of a mean over bins,
// without the distractors' part.

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "rp.h"
#include "tise/metrics/metrics.h"
#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

/// How many pairs have a caption whose tokens another one has that is written differently.
std::size_t captions_alike(const Reading& reading, const std::vector<std::size_t>& pairs) {
  std::unordered_map<std::size_t, std::size_t> text_of_row;
  std::unordered_set<std::size_t> shared;
  for (const std::size_t pair : pairs) {
    const auto [row, text] =
        std::pair(reading.texts->of_pair[pair].bare, reading.samples.pairs[pair].caption);
    if (text_of_row.try_emplace(row, text).first->second != text) shared.insert(row);
  }
  return static_cast<std::size_t>(std::count_if(pairs.begin(), pairs.end(), [&](std::size_t pair) {
    return shared.contains(reading.texts->of_pair[pair].bare);
  }));
}

Step r_precision(const Reading& reading) {
  const std::vector<std::size_t> pairs = pairs_for(reading.samples, reading.metric);
  if (pairs.empty()) return Result::undefined("no pairs");
  const bool is_exact = estimator_of(reading.settings) == RpEstimator::kExact;
  return when_done(is_exact ? rp_exact(reading, pairs) : rp_sampled(reading, pairs), [=](Result result) {
    if (!result.value) return result;
    result.details["estimator"] = is_exact ? "exact" : "sampled";
    result.warn_of("same_tokens", captions_alike(reading, pairs), "caption",
                   "have the tokens of another one that is written differently (texts are cut at the "
                   "context's end): they are not held against each other");
    return result;
  });
}

void visit_captions_and_distractors(const data::Item& item, const Settings& settings,
                                    const TextVisitor& visit) {
  visit(item.caption);
  if (estimator_of(settings) == RpEstimator::kExact) return;
  for (const std::string& distractor : item.distractors) visit(distractor);
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

const Metric kRPrecision{
    .key = "RP",
    .summary = "how often an image's own caption ranks first among it and 99 others",
    .definition = "share of items whose caption's cosine none of 99 others exceeds by more than 1e-6",
    .aspect = "text relevance",
    .range = kShare,
    .role = &kImageText,
    .items = {.captions = true},
    .settings = {&kEstimatorSetting},
    .texts = &visit_captions_and_distractors,
    .compute = &r_precision};

}  // namespace tise::metrics
