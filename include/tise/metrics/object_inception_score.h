#pragma once

#include <string_view>

#include "tise/metrics/moments.h"
#include "tise/metrics/result.h"
#include "tise/metrics/samples.h"
#include "tise/metrics/settings.h"

namespace tise::metrics {

inline constexpr std::string_view kObjectInceptionScoreKey = "O-IS";

/// O-IS: IS* of the objects that are found in the images.
Result object_inception_score(const Samples& samples, const Reference* real, const Settings& settings);

}  // namespace tise::metrics
