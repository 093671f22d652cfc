#pragma once

#include <string_view>

#include "tise/metrics/moments.h"
#include "tise/metrics/result.h"
#include "tise/metrics/row_blocks.h"
#include "tise/metrics/samples.h"
#include "tise/metrics/settings.h"

namespace tise::metrics {

inline constexpr std::string_view kFidKey = "FID";

/// FID: how far the features of the images are from those of real ones.
Result fid(const Samples& samples, const Reference* real, const Settings& settings);

/// The distance with its sample counts, extrapolation, influences and warnings, or why there is none.
Result fid_of(const Samples& samples, const MetricRows& features, const RealFeatures& real,
              const Settings& settings);

}  // namespace tise::metrics
