#include "tise/metrics/significance.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace tise::metrics {
namespace {

double student_quantile(double degrees_of_freedom, double probability) {
  return boost::math::quantile(boost::math::students_t(degrees_of_freedom), probability);
}

}  // namespace

double two_sided_p(double t, double degrees_of_freedom) {
  if (std::isinf(t)) return 0.0;
  return 2.0 * boost::math::cdf(boost::math::students_t(degrees_of_freedom), -std::abs(t));
}

std::array<double, 2> interval_95(double value, double std_error, double degrees_of_freedom) {
  const double half = std_error * student_quantile(degrees_of_freedom, 0.975);
  return {value - half, value + half};
}

std::array<double, 2> share_interval_95(double share, double samples, double degrees_of_freedom) {
  const double t = student_quantile(degrees_of_freedom, 0.975);
  const double prior = t * t / samples;
  const double centre = (share + prior / 2.0) / (1.0 + prior);
  const double half = std::sqrt(share * (1.0 - share) * prior + prior * prior / 4.0) / (1.0 + prior);
  // If none or all succeed, one end is exactly 0 or 1. Setting it avoids rounding errors.
  return {share <= 0.0 ? 0.0 : centre - half, share >= 1.0 ? 1.0 : centre + half};
}

double detectable_difference(double std_error, double degrees_of_freedom, double alpha) {
  constexpr double kPower = 0.8;
  return std_error * (student_quantile(degrees_of_freedom, 1.0 - alpha / 2.0) +
                      student_quantile(degrees_of_freedom, kPower));
}

double welch_degrees(double error_a, std::size_t samples_a, double error_b, std::size_t samples_b) {
  const double a = error_a * error_a;
  const double b = error_b * error_b;
  const double spread =
      a * a / (static_cast<double>(samples_a) - 1.0) + b * b / (static_cast<double>(samples_b) - 1.0);
  if (spread == 0.0) return static_cast<double>(std::min(samples_a, samples_b)) - 1.0;
  return (a + b) * (a + b) / spread;
}

std::vector<std::optional<double>> holm(const std::vector<std::optional<double>>& p_values) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < p_values.size(); ++i) {
    if (p_values[i]) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return *p_values[a] < *p_values[b]; });
  std::vector<std::optional<double>> adjusted(p_values.size());
  double least = 0.0;
  for (std::size_t k = 0; k < order.size(); ++k) {
    least = std::max(least, std::min(1.0, static_cast<double>(order.size() - k) * *p_values[order[k]]));
    adjusted[order[k]] = least;
  }
  return adjusted;
}

}  // namespace tise::metrics
