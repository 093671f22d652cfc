#pragma once

#include <cstddef>
#include <string_view>

#include "tise/metrics/registry.h"

/// The parts of metrics that more than one file uses. Each metric has a file of its name, which begins with
/// its definition, source and departures. To add one, write its file, its test and its page, and add its line
/// in registry.cpp (CONTRIBUTING, "Adding a metric").
namespace tise::metrics {

/// IS*, whose temperature `calibrate` fits.
extern const Metric kCalibratedInceptionScore;

/// The weight of CLIP-S (Hessel et al. 2021, section 3).
inline constexpr double kClipScoreWeight = 2.5;

/// CLIP-S of one pair: 2.5 · max(cosine, 0); NaN stays NaN.
double clip_score_of(double cosine);

/// How rows are assigned to the splits of IS.
enum class Cut {
  kPermuted,  ///< permuted, then split i is [i·n/S, (i+1)·n/S)
  kInOrder,   ///< the same without the permutation
  kEqual,     ///< in order, n/S rows each; the remainder is dropped
};

/// IS of a metric's rows (images or crops): the mean over the splits, with `std`, `whole_set`, `splits`,
/// depending on the cut also `seed` and `dropped`, and the images' influences.
Step inception_score(const Reading& reading, Cut cut, double temperature);

/// The Fréchet distance of a metric's rows (images or crops) from those of real images, with sample counts,
/// extrapolation, influences and warnings.
Step fid(const Reading& reading);

inline constexpr std::string_view kTiseFidRule = "only full batches of 50 are used";

/// What the order of the images determines for `inception_score` and `fid`.
inline constexpr OrderEffect kSplits{"the splits"};
inline constexpr OrderEffect kHalves{"the halves used to extrapolate distances"};
inline constexpr OrderEffect kLastBatch{"the last batch, which is dropped", [](const Settings& settings) {
                                          return settings.protocol == Protocol::kTise;
                                        }};

/// For RP: the probability that drawing `draws` of `pool` captions without replacement picks none of the
/// `better` ones: C(pool - better, draws) / C(pool, draws).
double chance_of_none(std::size_t pool, std::size_t better, std::size_t draws);

}  // namespace tise::metrics
