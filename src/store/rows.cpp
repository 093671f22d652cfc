#include "tise/store/rows.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace tise::store {

std::int64_t count_from(const at::Tensor& scores, double threshold) {
  const auto* values = scores.const_data_ptr<float>();
  const auto reaches = [&](float score) { return static_cast<double>(score) >= threshold; };
  return std::find_if_not(values, values + scores.size(0), reaches) - values;
}

}  // namespace tise::store
