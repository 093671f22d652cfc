#pragma once

#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace tise::metrics {

/// Of each pair (of each image, where there are no pairs), in order, where the value rests on it: how far it
/// moves the value. It is the derivative of the value with respect to the sample's weight, scaled so that the
/// value's deviation from its expectation is, to first order, the mean over all that have one; their own mean
/// is 0 (docs/statistics.md).
using Influence = std::vector<std::optional<double>>;

/// What a metric says: a number, or the reason why there is none.
struct Result {
  std::optional<double> value;  ///< finite where it is there
  std::string reason;           ///< why not, where it isn't: `1 image: covariance needs 2`
  std::size_t n = 0;            ///< samples that the value rests on
  std::size_t clusters = 0;  ///< of samples that vary together; of captions or of images, whichever are fewer
  nlohmann::ordered_json details =
      nlohmann::ordered_json::object();  ///< further fields of the report's entry
  std::vector<std::string> warnings;
  /// Of each pair, in the captions' order: its own score, where the metric has one and uses the pair.
  std::vector<std::optional<double>> pair_scores;
  Influence influence;  ///< empty where there is no value
  /// Of the value around its expectation at this number of samples, given the real images.
  std::optional<double> std_error;
  std::array<double, 2> ci95{};  ///< 95% interval, where there is an error
  std::string poor_expansion;    ///< why the influences say little of the value; empty where they don't
  std::string unreliable;  ///< why the error can't be relied on, that or few samples; empty where it can

  /// A number. Throws std::logic_error where it isn't finite.
  static Result of(double value, std::size_t n);
  static Result undefined(std::string reason);
};

}  // namespace tise::metrics
