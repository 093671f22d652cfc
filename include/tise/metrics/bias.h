#pragma once

#include <cstddef>
#include <optional>

namespace tise::metrics {

/// A value, or the mean of several, and the mean of 1/n over the samples that each is of.
struct AtSize {
  double value = 0;
  double inverse = 0;
};

/// Of a value of `count` samples; nothing where there is none.
std::optional<AtSize> at_size(double value, std::size_t count);
/// Of two values at about equal sizes; nothing where one is lacking or isn't finite.
std::optional<AtSize> mean_of(const std::optional<AtSize>& a, const std::optional<AtSize>& b);

/// How far a value of n samples lies above what infinitely many would have, b/n, by that of all and of their
/// halves.
double bias_of(const AtSize& whole, const AtSize& halves);

/// What the parabola through a value's expectation at n, n/2 and n/4 adds, at 1/n = 0, to the line through
/// the first two. That at n/4 is of the two quarters of one half: beside that half's, what makes the half
/// better or worse than the whole cancels.
double curvature_of(const AtSize& whole, const AtSize& halves, const AtSize& half, const AtSize& quarters);

}  // namespace tise::metrics
