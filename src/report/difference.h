#pragma once

#include <cstddef>
#include <string>

#include "sides.h"
#include "tise/report/compare.h"

namespace tise::report {

/// How a metric differs between two runs that both have it, with its p-value, or with the reason why nothing
/// can be said. Neither adjusted nor judged.
Difference difference_of(const std::string& metric, const Sides& sides);

/// How many lines have an influence.
std::size_t lines_in(const metrics::Influence& influence);

/// What numbers of samples alone may make of a difference.
struct OfSizes {
  double leeway = 0;  ///< at most
  std::string why;    ///< why there is one, or why nothing can be said; empty where they make nothing of it
};

/// Of a difference that has this error.
OfSizes made_by_sizes(const SampledMetric& baseline, const SampledMetric& other, double error);

}  // namespace tise::report
