#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace tise::metrics {

/// The chance that Student's t with so many degrees of freedom is at least as far from 0 as `t`.
double two_sided_p(double t, double degrees_of_freedom);

/// The 95% interval about a value: Student's t.
std::array<double, 2> interval_95(double value, double std_error, double degrees_of_freedom);

/// Wilson's 95% interval ("Probable Inference, the Law of Succession, and Statistical Inference", Journal of
/// the American Statistical Association 22, 1927) about a share of so many samples, with Student's t.
std::array<double, 2> share_interval_95(double share, double samples, double degrees_of_freedom);

/// The smallest difference with this standard error that a two-sided test at the level alpha finds with 80%
/// power: Student's quantiles t(1 − alpha/2) + t(0.8), times the error.
double detectable_difference(double std_error, double degrees_of_freedom, double alpha);

/// The degrees of freedom of a difference of two independent values with these standard errors, each from so
/// many samples (Welch 1947).
double welch_degrees(double error_a, std::size_t samples_a, double error_b, std::size_t samples_b);

/// Holm's adjustment (1979), which keeps the chance of any false rejection among all at the level, however
/// they depend on each other. What is nothing stays so and doesn't count.
std::vector<std::optional<double>> holm(const std::vector<std::optional<double>>& p_values);

}  // namespace tise::metrics
