#pragma once

#include <string>
#include <vector>

#include "metrics/drawn_world.h"

namespace tise::testing {

/// A metric as a functional of weighted samples, written down anew and without haste: what it is when the
/// i-th image, with its caption, has the weight `weights[i]`; with weights of 1 the metric itself. RP takes
/// weights near 1 for one image only.
double weighted(const std::string& metric, const Drawn& drawn, const std::vector<double>& weights,
                const metrics::Settings& settings);

}  // namespace tise::testing
