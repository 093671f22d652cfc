#pragma once

#include <cstddef>
#include <string_view>

#include "tise/metrics/moments.h"
#include "tise/metrics/result.h"
#include "tise/metrics/samples.h"
#include "tise/metrics/settings.h"

namespace tise::metrics {

inline constexpr std::string_view kFidKey = "FID";

/// FID: how far the features of the images are from those of real ones.
Result fid(const Samples& samples, const Reference* real, const Settings& settings);

/// ‖μ−μᵣ‖² + tr(Σ+Σᵣ−2(ΣΣᵣ)^½), at least 0; NaN where a moment isn't finite. Both have covariances, of the
/// same size.
double frechet_distance(const Moments& a, const Moments& b);

/// The distance with its sample counts and warnings, or why there is none. Of `given` samples the protocol
/// may have `dropped` some. `noun` names a sample: `image`.
Result fid_of(const Moments& evaluated, std::size_t given, const RealFeatures& real, std::string_view noun);

}  // namespace tise::metrics
