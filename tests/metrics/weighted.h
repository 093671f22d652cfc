#pragma once

#include <string>
#include <vector>

#include "metrics/drawn_world.h"

namespace tise::testing {

/// A metric as a functional of weighted samples, implemented independently and without regard to speed: its
/// value if image i, with its caption, has the weight `weights[i]`. With all weights 1 it is the metric
/// itself. For RP only one image may have another weight, near 1.
double weighted(const std::string& metric, const Drawn& drawn, const std::vector<double>& weights,
                const metrics::Settings& settings);

}  // namespace tise::testing
