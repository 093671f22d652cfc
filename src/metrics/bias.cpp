// The bias of a value due to its finite number n of samples, to first order b/n (Chong, Forsyth, "Effectively
// Unbiased FID and Inception Score and Where to Find Them", CVPR 2020). Let x = 1/n, and v(x) the value of
// all samples or the mean of their halves' values. The slope is Newton's divided difference
//
//     v[x₁, x₂] = (v(x₂) − v(x₁)) / (x₂ − x₁),   bias = x₁ · v[x₁, x₂]
//
// At x = 0 the parabola through a third point lies x₁x₂ · v[x₁, x₂, x₃] above the line. To first order the
// mean of the halves varies with the whole, so the value's own error cancels from the differences.

#include "tise/metrics/bias.h"

#include <cmath>

namespace tise::metrics {
namespace {

double slope(const AtSize& a, const AtSize& b) { return (b.value - a.value) / (b.inverse - a.inverse); }

}  // namespace

std::optional<AtSize> at_size(double value, std::size_t count) {
  if (count == 0 || !std::isfinite(value)) return std::nullopt;
  return AtSize{value, 1.0 / static_cast<double>(count)};
}

std::optional<AtSize> mean_of(const std::optional<AtSize>& a, const std::optional<AtSize>& b) {
  if (!a || !b) return std::nullopt;
  return AtSize{(a->value + b->value) / 2.0, (a->inverse + b->inverse) / 2.0};
}

double bias_of(const AtSize& whole, const AtSize& halves) { return whole.inverse * slope(whole, halves); }

double curvature_of(const AtSize& whole, const AtSize& halves, const AtSize& half, const AtSize& quarters) {
  const double second = (slope(half, quarters) - slope(whole, halves)) / (quarters.inverse - whole.inverse);
  return whole.inverse * halves.inverse * second;
}

}  // namespace tise::metrics
