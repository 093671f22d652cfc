// R-precision (RP) with CLIP, Dinh et al., "TISE", ECCV 2022, section 3.2; RP_coco.py of the TISE toolbox.
// The metric is by Xu et al. (AttnGAN, CVPR 2018), the choice of network by Park et al. (2021).
//
// An image succeeds if none of 99 distractors is closer to it than its own caption, by cosine. If there are
// fewer than 99 other captions, all of them are distractors. Cosines that differ by at most 1e-6 are a tie,
// and a tie counts for the image's own caption.
//
// `exact` (the default) draws the distractors from the distinct captions of the items that RP uses, except
// those of the image itself. Captions with the same tokens are the same caption, so that texts which differ
// only beyond the context's end decide nothing. RP is the expectation over all draws. If b of D distractors
// beat the image's own caption,
//
//     P(success) = C(D − b, m) / C(D, m),   m = min(99, D),   RP = mean of P
//
// All similarities are computed in float32 on the device, a block of captions against a block of images at a
// time. Those too close to the threshold for float32 are recomputed in float64 on the CPU, so the count
// depends on neither blocks, threads nor device.
//
// Each caption is also a distractor for others, so RP is not a mean over independent pairs: `exact` is a
// U-statistic of an image and m captions. Its Hájek projection gives pair j the influence
//
//     ψ_j = P_j − RP + 1/k_j · Σ_i m P_i ( [j is not closer to i] / (D_i − b_i) − 1 / D_i )
//
// The sum is over the images i that have j's caption as a distractor, and k_j is the number of items with
// that caption (docs/dev/errors.md). At most 2,048 images, evenly spaced, are summed, so the number of passes
// is constant.
//
// `sampled` is TISE's estimator. It uses an item's listed distractors, if any. Otherwise it draws 99, by the
// item's position and the seed, from the items whose caption is written differently; a caption that three
// items share is in the pool three times. Items are shuffled and cut into ten bins, the last with the
// remainder. The value is the mean over the bins' shares, `std` their population standard deviation.
//
// Departures: TISE's shuffle has no seed; here it is numpy's permutation of --seed. TISE's argmax counts only
// exact ties for the image's own caption, in half precision on a GPU. The influences of `sampled` are those
// of a mean over bins, without the distractors' part.

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "rp.h"
#include "tise/base/concat.h"
#include "tise/metrics/metrics.h"
#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

bool is_exact(const Settings& settings);

const Setting kRpEstimator{
    .key = "RP",
    .meaning = "RP's estimator",
    .explanation = "How the 99 other captions are drawn.",
    .value = [](const Settings& settings) -> std::optional<std::string> {
      return is_exact(settings) ? "exact" : concat("sampled/", settings.seed);
    },
    .flag = "--rp",
    .words = {"exact", "sampled"},
    .default_word = "exact",
    .default_of_tise = "sampled",
    .help = "RP over all draws of 99 distractors, or over one draw",
    .explain = [](std::string_view value) -> std::vector<std::string> {
      constexpr std::string_view kSampled = "sampled/";
      if (value == "exact") return {"exact: the expectation over all draws; needs no seed."};
      if (!value.starts_with(kSampled)) return {};
      return {concat("sampled: the distractors that the item lists, else one draw with seed ",
                     value.substr(kSampled.size()),
                     "; the mean over ten bins of the items, shuffled with that seed.")};
    }};

bool is_exact(const Settings& settings) { return kRpEstimator.word(settings) == "exact"; }

/// How many pairs have a caption with the same tokens as a differently written one.
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

/// Warns if the value is what images with the captions of others have: at most two standard errors above it.
/// All items must be ranked among about as many.
void warn_of_chance(Result& result) {
  constexpr std::size_t kFewestItems = 100;
  const auto candidates = result.details.at("distractors").get<double>() + 1.0;
  const double chance = 1.0 / candidates;
  const auto n = static_cast<double>(result.n);
  if (result.n < kFewestItems || *result.value > chance + 2.0 * std::sqrt(chance * (1.0 - chance) / n))
    return;
  result.warnings.push_back(concat("no better than chance (1 in ", candidates,
                                   "): images may be paired with the wrong captions; tise-eval inputs shows "
                                   "the pairs"));
}

Step r_precision(const Reading& reading) {
  const std::vector<std::size_t> pairs = pairs_for(reading.samples, reading.metric);
  if (pairs.empty()) return Result::undefined("no pairs");
  const bool exact = is_exact(reading.settings);
  const bool lists = std::ranges::any_of(
      pairs, [&](std::size_t pair) { return !reading.texts->of_pair[pair].distractors.empty(); });
  return when_done(exact ? rp_exact(reading, pairs) : rp_sampled(reading, pairs), [=](Result result) {
    if (!result.value) return result;
    if (exact || !lists) warn_of_chance(result);
    result.details["estimator"] = exact ? "exact" : "sampled";
    result.warn_of("same_tokens", captions_alike(reading, pairs), "caption", {"has", "have"},
                   "the same tokens as a differently written one (texts are cut at the context's end); such "
                   "captions are not each other's distractors");
    return result;
  });
}

void visit_captions_and_distractors(const data::Item& item, const Settings& settings,
                                    const TextVisitor& visit) {
  visit(item.caption);
  if (is_exact(settings)) return;
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

extern const Metric kRPrecision{
    .key = "RP",
    .summary = "how often an image's own caption ranks first against 99 others",
    .definition =
        "share of items where none of 99 other captions has a cosine more than 1e-6 above the item's own",
    .aspect = "text relevance",
    .range = kShare,
    .role = &kImageText,
    .std_over = "bins",
    .items = {.captions = true},
    .settings = {&kRpEstimator},
    .texts = &visit_captions_and_distractors,
    .compute = &r_precision};

}  // namespace tise::metrics
