#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tise/base/concat.h"

namespace tise::metrics {

/// The values that a metric can take.
struct Range {
  double lowest = 0.0;
  double highest = std::numeric_limits<double>::infinity();

  /// An interval without what lies outside.
  std::array<double, 2> cut(const std::array<double, 2>& interval) const {
    return {std::max(interval[0], lowest), std::min(interval[1], highest)};
  }
  bool holds(double value) const { return value >= lowest && value <= highest; }
  /// `from 0 to 1`, `at least 1`, `any number`
  std::string words() const {
    const bool is_open = highest == std::numeric_limits<double>::infinity();
    if (is_open && lowest == -highest) return "any number";
    return is_open ? concat("at least ", lowest) : concat("from ", lowest, " to ", highest);
  }
  bool operator==(const Range&) const = default;
};

/// Of shares of successes.
inline constexpr Range kShare{0.0, 1.0};
inline constexpr Range kAnyNumber{-std::numeric_limits<double>::infinity()};

/// Of each pair (of each image, where there are no pairs), in order, where the value rests on it: how far it
/// moves the value. It is the derivative of the value with respect to the sample's weight, scaled so that the
/// value's deviation from its expectation is, to first order, the mean over all that have one; their own mean
/// is 0 (docs/statistics.md).
using Influence = std::vector<std::optional<double>>;

/// What a mean over strata (classes, words) is made of: each pair's outcomes in them.
struct Strata {
  struct Outcome {
    std::size_t stratum = 0;  ///< index into `names`
    double success = 0;       ///< 0 or 1
  };
  std::string noun;    ///< what a stratum is: `word`
  std::string plural;  ///< the field of Result::details that has an entry for each
  std::vector<std::string> names;
  std::vector<std::vector<Outcome>> of_pair;  ///< in the captions' order

  bool empty() const { return names.empty(); }
};

/// What a metric says: a number, or the reason why there is none.
struct Result {
  std::optional<double> value;  ///< finite where it is there
  std::string reason;           ///< why not, where it isn't: `1 image: covariance needs 2`
  std::size_t n = 0;            ///< samples that the value rests on
  std::size_t trials = 0;       ///< successes and failures that a share is of; 0: as many as samples
  std::size_t clusters = 0;  ///< of samples that vary together; of captions or of images, whichever are fewer
  nlohmann::ordered_json details =
      nlohmann::ordered_json::object();  ///< further fields of the report's entry
  std::vector<std::string> warnings;
  /// Of each pair, in the captions' order: its own score, where the metric has one and uses the pair.
  std::vector<std::optional<double>> pair_scores;
  /// How many successes and failures each of these is of, where the value is a share of all of them; empty:
  /// each counts once.
  std::vector<std::size_t> pair_trials;
  Influence influence;  ///< empty where there is no value
  /// Of the value around its expectation at this number of samples, given the real images.
  std::optional<double> std_error;
  std::array<double, 2> ci95{};  ///< 95% interval, where there is an error
  /// The smallest difference from another run as large, of other captions, that a test at 5% finds with 80%
  /// power; nothing where no sample differs from another.
  std::optional<double> detectable;
  std::string poor_expansion;  ///< why the influences say little of the value; empty where they don't
  /// By how much the expected value lies above that of infinitely many samples, to first order a constant
  /// over n: two values at unequal n differ by it. 0 where there is none, nothing where it isn't known.
  std::optional<double> bias = 0.0;
  /// So many times as large as `std_error` is what tests take for the error; nothing where no factor is
  /// known.
  std::optional<double> widening = 1.0;
  double terms = 0.0;       ///< the largest of the terms that the value is a sum of, if they cancel
  std::size_t choices = 0;  ///< among how many others the truth is sought, where that makes the value (RP)
  Strata strata;            ///< of a mean over strata
  std::string unreliable;   ///< why the error can't be relied on, that or few samples; empty where it can

  /// A number. Throws std::logic_error where it isn't finite.
  static Result of(double value, std::size_t n);
  static Result undefined(std::string reason);

  /// Puts how often something happened into the details, and a warning that begins with it: `3 captions …`.
  /// Nothing if it never did.
  void warn_of(const char* key, std::size_t count, std::string_view noun, std::string_view what);
};

}  // namespace tise::metrics
