#pragma once

#include <vector>

#include "tise/report/rank.h"

namespace tise::report {

/// Gives each ranked entry the interval of its RS and the chance of each place, as runs on other samples
/// would have them; or says on the board why there are none.
void add_variation(Leaderboard& board, const std::vector<RankedEntry*>& ranked);

}  // namespace tise::report
