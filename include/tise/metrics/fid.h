#pragma once

#include <string_view>

#include "tise/metrics/registry.h"

namespace tise::metrics {

/// The distance of a metric's rows, of images or of crops, from those of real images, with its sample counts,
/// extrapolation, influences and warnings.
Step fid(const Reading& reading);

inline constexpr std::string_view kTiseFidRule = "the last batch of 50 dropped if it isn't full";

}  // namespace tise::metrics
