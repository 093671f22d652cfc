#pragma once

#include <cstddef>
#include <optional>

namespace tise::metrics {

/// A value of n samples, or the mean of several such values.
struct AtSize {
  double value = 0;
  double inverse = 0;  ///< 1/n, or its mean
};

/// A value of `count` samples. Returns nullopt if `count` is 0 or the value isn't finite.
std::optional<AtSize> at_size(double value, std::size_t count);
/// The mean of two values at about equal sizes. Returns nullopt if either is missing.
std::optional<AtSize> mean_of(const std::optional<AtSize>& a, const std::optional<AtSize>& b);

/// How far a value of n samples lies above that of infinitely many, b/n: from the value of all samples and
/// the mean of their halves' values.
double bias_of(const AtSize& whole, const AtSize& halves);

/// At 1/n = 0, how far the parabola through a value's expectation at n, n/2 and n/4 lies above the line
/// through the first two. `quarters` is the mean of the two quarters of `half`. Comparing them with that half
/// cancels whatever makes it better or worse than the whole.
double curvature_of(const AtSize& whole, const AtSize& halves, const AtSize& half, const AtSize& quarters);

}  // namespace tise::metrics
