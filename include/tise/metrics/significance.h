#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace tise::metrics {

/// The probability that Student's t with these degrees of freedom is at least as far from 0 as `t`.
double two_sided_p(double t, double degrees_of_freedom);

/// The 95% interval around a value, by Student's t.
std::array<double, 2> interval_95(double value, double std_error, double degrees_of_freedom);

/// Wilson's 95% interval ("Probable Inference, the Law of Succession, and Statistical Inference", Journal of
/// the American Statistical Association 22, 1927) around a share of `samples` samples, with Student's t.
std::array<double, 2> share_interval_95(double share, double samples, double degrees_of_freedom);

/// The smallest difference that a two-sided test at the level alpha finds with 80% power, given its standard
/// error: the error times the sum of Student's quantiles t(1 − alpha/2) + t(0.8).
double detectable_difference(double std_error, double degrees_of_freedom, double alpha);

/// The degrees of freedom of the difference of two independent values, from their standard errors and numbers
/// of samples (Welch 1947).
double welch_degrees(double error_a, std::size_t samples_a, double error_b, std::size_t samples_b);

/// Holm's adjustment (1979). It keeps the probability of any false rejection among all tests at the level,
/// however the tests depend on each other. Missing p-values stay missing and don't count.
std::vector<std::optional<double>> holm(const std::vector<std::optional<double>>& p_values);

}  // namespace tise::metrics
