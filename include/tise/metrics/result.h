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

  /// The interval, clipped to the range.
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

/// The range of a share of successes.
inline constexpr Range kShare{0.0, 1.0};
inline constexpr Range kAnyNumber{-std::numeric_limits<double>::infinity()};

/// How much each pair (each image, in a run without pairs) affects the value, in order; nullopt for those
/// that the value doesn't depend on. An influence is the derivative of the value with respect to the sample's
/// weight. It is scaled so that, to first order, the value deviates from its expectation by the mean of the
/// influences under the true distribution. The influences of the samples at hand average 0
/// (docs/dev/errors.md).
using Influence = std::vector<std::optional<double>>;

/// What a mean over strata (classes, words) is computed from: each pair's outcomes in them.
struct Strata {
  struct Outcome {
    std::size_t stratum = 0;  ///< index into `names`
    double success = 0;       ///< 0 or 1
  };
  std::string noun;    ///< what a stratum is: `word`
  std::string plural;  ///< the field of Result::details that has an entry for each stratum
  std::vector<std::string> names;
  std::vector<std::vector<Outcome>> of_pair;  ///< in the captions' order

  bool empty() const { return names.empty(); }
};

/// A metric's value, or the reason why it has none.
struct Result {
  std::optional<double> value;  ///< finite if present
  std::string reason;           ///< why the value is missing: `1 image: covariance needs 2`
  std::size_t n = 0;            ///< number of samples that the value is computed from
  std::size_t trials = 0;       ///< for a share: number of successes and failures; 0: equal to `n`
  std::size_t clusters = 0;     ///< of samples that vary together: by caption or by image, whichever is fewer
  nlohmann::ordered_json details =
      nlohmann::ordered_json::object();  ///< further fields of the report's entry
  std::vector<std::string> warnings;
  /// Each pair's own score, in the captions' order, if the metric has one and uses the pair.
  std::vector<std::optional<double>> pair_scores;
  /// The number of successes and failures behind each score, if the value is a share of all of them. Empty:
  /// one each.
  std::vector<std::size_t> pair_trials;
  Influence influence;  ///< empty without a value
  /// Of the value around its expectation at this number of samples, given the real images.
  std::optional<double> std_error;
  std::array<double, 2> ci95{};  ///< 95% interval, if there is a standard error
  /// The smallest difference from another run of the same size, on other captions, that a test at 5% finds
  /// with 80% power. Nullopt if all samples agree, or if `widening` is unknown.
  std::optional<double> detectable;
  std::string poor_expansion;  ///< why the influences describe the value poorly; empty if they don't
  /// How far the expected value lies above that of infinitely many samples. To first order it is a constant
  /// over n, so values at unequal n differ by it. 0 for an unbiased value, nullopt if it is unknown.
  std::optional<double> bias = 0.0;
  /// Tests multiply `std_error` by this factor. Nullopt if no factor is known.
  std::optional<double> widening = 1.0;
  double terms = 0.0;       ///< if the value is a sum of terms that cancel: the largest of them
  std::size_t choices = 0;  ///< for RP: the number of other captions that the true one is ranked among
  Strata strata;            ///< for a mean over strata
  std::string unreliable;   ///< why the standard error is unreliable; empty if it is reliable

  /// A result with a value. Throws std::logic_error if it isn't finite.
  static Result of(double value, std::size_t n);
  static Result undefined(std::string reason);

  /// A verb with a subject in the singular and in the plural.
  struct Verb {
    std::string_view of_one;
    std::string_view of_many;
  };
  /// Puts `count` into the details under `key`, and adds a warning, a sentence with `count` as its subject:
  /// `3 captions have …`. Does nothing if `count` is 0.
  void warn_of(const char* key, std::size_t count, std::string_view noun, Verb verb, std::string_view rest);
};

}  // namespace tise::metrics
