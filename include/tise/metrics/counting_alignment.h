#pragma once

#include <string_view>

#include "tise/metrics/moments.h"
#include "tise/metrics/result.h"
#include "tise/metrics/samples.h"
#include "tise/metrics/settings.h"

namespace tise::metrics {

inline constexpr std::string_view kCountingAlignmentKey = "CA";

/// CA: how far the numbers of objects are from those that captions ask for.
Result counting_alignment(const Samples& samples, const Reference* real, const Settings& settings);

}  // namespace tise::metrics
