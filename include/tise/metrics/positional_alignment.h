#pragma once

#include <string_view>

#include "tise/metrics/moments.h"
#include "tise/metrics/result.h"
#include "tise/metrics/samples.h"
#include "tise/metrics/settings.h"

namespace tise::metrics {

inline constexpr std::string_view kPositionalAlignmentKey = "PA";

/// PA: how often an image prefers its caption to the one with the opposite positional word.
Result positional_alignment(const Samples& samples, const Reference* real, const Settings& settings);

}  // namespace tise::metrics
