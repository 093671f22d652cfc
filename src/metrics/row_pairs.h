#pragma once

#include <memory>
#include <vector>

#include "tise/metrics/step.h"

namespace tise::metrics {

/// Shows pairs of rows to all who wait for the same, tile by tile. Memory has some hundred MB of rows,
/// however many there are. The same rows give the same numbers on any number of threads.
void look_at_pairs(const std::vector<std::shared_ptr<const Pairing>>& waiting);

}  // namespace tise::metrics
