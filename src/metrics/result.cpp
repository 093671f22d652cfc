#include "tise/metrics/result.h"

#include <cmath>
#include <stdexcept>
#include <utility>

#include "tise/base/names.h"

namespace tise::metrics {

Result Result::of(double value, std::size_t n) {
  if (!std::isfinite(value))
    throw std::logic_error("a metric's value must be finite; otherwise it is undefined with a reason");
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

void Result::warn_of(const char* key, std::size_t count, std::string_view noun, Verb verb,
                     std::string_view rest) {
  if (count == 0) return;
  details[key] = count;
  warnings.push_back(concat(counted(count, noun), " ", count == 1 ? verb.of_one : verb.of_many, " ", rest));
}

}  // namespace tise::metrics
