#pragma once

#include <cstddef>
#include <string_view>

#include "tise/metrics/moments.h"
#include "tise/metrics/result.h"
#include "tise/metrics/samples.h"
#include "tise/metrics/settings.h"

namespace tise::metrics {

inline constexpr std::string_view kRPrecisionKey = "RP";

/// RP: how often an image's own caption comes first among it and 99 others.
Result r_precision(const Samples& samples, const Reference* real, const Settings& settings);

/// The chance that a draw of `draws` out of `pool`, without replacement, has none of the `better` ones:
/// C(pool - better, draws) / C(pool, draws).
double chance_of_none(std::size_t pool, std::size_t better, std::size_t draws);

}  // namespace tise::metrics
