#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace tise::metrics {

/// What a metric says: a number, or the reason why there is none.
struct Result {
  std::optional<double> value;  ///< finite where it is there
  std::string reason;           ///< why not, where it isn't: `1 image: covariance needs 2`
  std::size_t n = 0;            ///< samples that the value rests on
  nlohmann::ordered_json details =
      nlohmann::ordered_json::object();  ///< further fields of the report's entry
  std::vector<std::string> warnings;
  /// Of each pair, in the captions' order: its own score, where the metric has one and uses the pair.
  std::vector<std::optional<double>> pair_scores;

  /// A number. Throws std::logic_error where it isn't finite.
  static Result of(double value, std::size_t n);
  static Result undefined(std::string reason);
};

}  // namespace tise::metrics
