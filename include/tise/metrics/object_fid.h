#pragma once

#include <string_view>

#include "tise/metrics/moments.h"
#include "tise/metrics/result.h"
#include "tise/metrics/samples.h"
#include "tise/metrics/settings.h"

namespace tise::metrics {

inline constexpr std::string_view kObjectFidKey = "O-FID";

/// O-FID: how far the features of objects in the images are from those of objects in real ones.
Result object_fid(const Samples& samples, const Reference* real, const Settings& settings);

}  // namespace tise::metrics
