#pragma once

#include <string>
#include <vector>

namespace tise::report {

/// Sums of the same ranks in another order differ by less.
inline constexpr double kEqualScores = 1e-9;

/// The ranks of values of one of RS's metrics, from 1 for the worst; equal ones share the mean of their
/// ranks.
std::vector<double> ranks_of(const std::string& key, const std::vector<double>& values);

/// How much of a metric's rank counts in RS over these metrics: one over how many share its aspect.
double weight_of(const std::string& key, const std::vector<std::string>& keys);

}  // namespace tise::report
