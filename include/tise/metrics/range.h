#pragma once

#include <algorithm>
#include <array>
#include <limits>
#include <string>

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
  /// `from 0 to 1`, `at least 1`
  std::string words() const {
    const bool is_open = highest == std::numeric_limits<double>::infinity();
    return is_open ? concat("at least ", lowest) : concat("from ", lowest, " to ", highest);
  }
  bool operator==(const Range&) const = default;
};

/// Of shares of successes.
inline constexpr Range kShare{0.0, 1.0};

}  // namespace tise::metrics
