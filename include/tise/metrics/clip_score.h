#pragma once

namespace tise::metrics {

/// The weight of CLIP-S (Hessel et al. 2021, section 3).
inline constexpr double kClipScoreWeight = 2.5;

/// CLIP-S of one pair: 2.5 · max(cosine, 0); NaN stays.
double clip_score_of(double cosine);

}  // namespace tise::metrics
