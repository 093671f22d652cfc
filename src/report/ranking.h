#pragma once

#include <string>
#include <vector>

#include "tise/report/rank.h"

namespace tise::report {

/// The ranks of values of one of RS's metrics, from 1 for the worst; equal ones share the mean of their
/// ranks.
std::vector<double> ranks_of(const std::string& key, const std::vector<double>& values);

/// How much of a metric's rank counts in RS over these metrics: one over how many share its aspect.
double weight_of(const std::string& key, const std::vector<std::string>& keys);

/// Gives each ranked entry the interval of its RS and the chance of each place, as runs on other samples
/// would have them; or says on the board why there are none.
void add_variation(Leaderboard& board, const std::vector<RankedEntry*>& ranked);

/// Gives the entries that have a metric letters such as `a`, `ab`, `a` being the best: those that share one
/// don't differ significantly, after Holm's adjustment, in paired tests where two have samples, else by
/// their errors as independent ones. None where one has neither, or where there are more groups than letters.
void add_letters(Leaderboard& board);

}  // namespace tise::report
