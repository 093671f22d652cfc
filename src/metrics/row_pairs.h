#pragma once

#include <memory>
#include <vector>

#include "tise/metrics/step.h"

namespace tise::metrics {

/// Shows all pairs of rows, tile by tile, to the pairings that wait for them (the same pairs for all). At
/// most a few hundred MB of rows are in memory. The same rows give the same numbers on any number of threads.
void look_at_pairs(const std::vector<std::shared_ptr<const Pairing>>& waiting);

}  // namespace tise::metrics
