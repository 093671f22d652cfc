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

/// For each image (index), the given pairs that have it.
std::vector<std::vector<std::size_t>> pairs_by_image(const Samples& samples,
                                                     const std::vector<std::size_t>& pairs);

}  // namespace tise::metrics
