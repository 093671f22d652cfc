#pragma once

#include <string>

#include "sides.h"
#include "tise/report/compare.h"

namespace tise::report {

/// How a metric differs between two runs that both have it, with its p-value, or with the reason why nothing
/// can be said. Neither adjusted nor judged.
Difference difference_of(const std::string& metric, const Sides& sides);

/// Why the numbers of samples alone may make a difference that has this error; empty where they don't.
std::string why_sizes_matter(const SampledMetric& baseline, const SampledMetric& other, double error);

}  // namespace tise::report
