#pragma once

#include <string_view>

#include "tise/metrics/moments.h"
#include "tise/metrics/result.h"
#include "tise/metrics/samples.h"
#include "tise/metrics/settings.h"

namespace tise::metrics {

inline constexpr std::string_view kClipScoreKey = "CLIP-S";

/// The weight of CLIP-S (Hessel et al. 2021, section 3).
inline constexpr double kClipScoreWeight = 2.5;

/// CLIP-S of one pair: 2.5 · max(cosine, 0); NaN stays.
double clip_score_of(double cosine);

/// CLIP-S: how well images match their captions, by CLIP.
Result clip_score(const Samples& samples, const Reference* real, const Settings& settings);

}  // namespace tise::metrics
