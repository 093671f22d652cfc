#include "tise/metrics/result.h"

#include <cmath>
#include <stdexcept>
#include <utility>

namespace tise::metrics {

Result Result::of(double value, std::size_t n) {
  if (!std::isfinite(value)) throw std::logic_error("a metric's value is finite or undefined with a reason");
  Result result;
  result.value = value;
  result.n = n;
  return result;
}

Result Result::undefined(std::string reason) {
  Result result;
  result.reason = std::move(reason);
  return result;
}

}  // namespace tise::metrics
