#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "tise/metrics/samples.h"

namespace tise::metrics {

/// An image, and how many objects of each of Samples::classes it shows.
using CountsVisitor = std::function<void(std::size_t image, std::span<const double> counts)>;

/// Calls `visit` with each of `images` (rising), by what was detected in them.
void visit_detected_counts(const Samples& samples, const std::vector<std::size_t>& images,
                           const CountsVisitor& visit);

/// The same by the counter where there is one: NaN for a class that it doesn't know.
void visit_counts(const Samples& samples, const std::vector<std::size_t>& images, const CountsVisitor& visit);

}  // namespace tise::metrics
