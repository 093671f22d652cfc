#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "tise/metrics/registry.h"
#include "tise/metrics/step.h"

namespace tise::metrics {

/// An image, and how many objects of each of Samples::classes it shows; NaN for a class that the
/// detector or counter doesn't know.
using CountsVisitor = std::function<void(std::size_t image, std::span<const double> counts)>;

/// A pass over the counts of all images, by what was detected in them or by a counter.
Pass pass_over_counts(const Reading& reading, CountsVisitor visit, std::function<Step()> then);

}  // namespace tise::metrics
