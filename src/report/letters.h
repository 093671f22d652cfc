#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tise/report/rank.h"

namespace tise::report {

/// A test of two values, by their places.
struct PairTest {
  std::size_t a = 0;
  std::size_t b = 0;
  std::optional<double> p;  ///< nothing where they can't be told apart
};

/// For each value letters such as `a`, `ab`: values that share one don't differ significantly at the level
/// alpha, after Holm's adjustment over the tests. `a` is the best. Empty for all where there are more groups
/// than letters.
std::vector<std::string> letters_of(const std::vector<double>& values, const std::vector<PairTest>& tests,
                                    bool higher_is_better, double alpha);

/// Gives the entries that have a metric their letters: from paired tests where two have samples, else by
/// their errors as independent ones; none where one has neither.
void add_letters(Leaderboard& board);

}  // namespace tise::report
