#pragma once

#include <string_view>

#include "tise/metrics/moments.h"
#include "tise/metrics/result.h"
#include "tise/metrics/samples.h"
#include "tise/metrics/settings.h"

namespace tise::metrics {

inline constexpr std::string_view kSoaByClassKey = "SOA-C";
inline constexpr std::string_view kSoaByImageKey = "SOA-I";

/// SOA-C: how often objects that captions mention are found in the images, as a mean over classes.
Result soa_by_class(const Samples& samples, const Reference* real, const Settings& settings);

/// SOA-I: the same as a mean over (image, class).
Result soa_by_image(const Samples& samples, const Reference* real, const Settings& settings);

}  // namespace tise::metrics
