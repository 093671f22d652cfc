#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "tise/metrics/registry.h"
#include "tise/metrics/step.h"

namespace tise::metrics {

/// An image, and how many objects of each of Samples::classes it shows; NaN for a class that a counter
/// doesn't know.
using CountsVisitor = std::function<void(std::size_t image, std::span<const double> counts)>;

/// A pass over the counts of `images` (rising), by what was detected in them or by a counter.
Pass pass_over_counts(const Reading& reading, std::vector<std::size_t> images, CountsVisitor visit,
                      std::function<Step()> then);

}  // namespace tise::metrics
