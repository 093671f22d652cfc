#pragma once

#include <string>
#include <vector>

#include "tise/report/rank.h"

namespace tise::report {

/// The ranks of values of an RS metric, from 1 for the worst. Equal values share the mean of their ranks.
std::vector<double> ranks_of(const std::string& key, const std::vector<double>& values);

/// The weight of a metric's rank in RS over `keys`: one over the number of `keys` that share its aspect.
double weight_of(const std::string& key, const std::vector<std::string>& keys);

/// Sets the RS interval of each ranked entry and its chance of each place, for re-evaluation on other
/// samples; or sets the board's `no_variation` to the reason why there are none.
void add_variation(Leaderboard& board, const std::vector<RankedEntry*>& ranked);

/// Gives the entries that have a metric letters such as `a` or `ab`; `a` is the best. Entries that share a
/// letter don't differ significantly after Holm's adjustment. Two entries with samples are tested as a pair,
/// others as independent values with their reported errors. A metric gets no letters if an entry has neither,
/// or if there are more groups than letters.
void add_letters(Leaderboard& board);

}  // namespace tise::report
