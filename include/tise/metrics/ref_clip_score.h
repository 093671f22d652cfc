#pragma once

#include <string_view>

#include "tise/metrics/moments.h"
#include "tise/metrics/result.h"
#include "tise/metrics/samples.h"
#include "tise/metrics/settings.h"

namespace tise::metrics {

inline constexpr std::string_view kRefClipScoreKey = "RefCLIP-S";

/// RefCLIP-S: CLIP-S, held against captions that people wrote for the same image.
Result ref_clip_score(const Samples& samples, const Reference* real, const Settings& settings);

}  // namespace tise::metrics
