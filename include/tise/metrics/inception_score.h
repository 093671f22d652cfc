#pragma once

#include <string_view>

#include "tise/metrics/moments.h"
#include "tise/metrics/result.h"
#include "tise/metrics/samples.h"
#include "tise/metrics/settings.h"

namespace tise::metrics {

inline constexpr std::string_view kInceptionScoreKey = "IS";
inline constexpr std::string_view kCalibratedInceptionScoreKey = "IS*";

/// IS: how sure a classifier is of each image, and how many classes it sees over all of them.
Result inception_score(const Samples& samples, const Reference* real, const Settings& settings);

/// IS*: the same with calibrated probabilities, softmax(logits / settings.temperature).
Result calibrated_inception_score(const Samples& samples, const Reference* real, const Settings& settings);

}  // namespace tise::metrics
