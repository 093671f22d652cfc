#pragma once

#include <cstddef>
#include <functional>
#include <ranges>
#include <type_traits>
#include <vector>

namespace tise {

/// Calls a function (or reads a member) for each element of a range; returns the results in order.
template <typename Range, typename Function>
auto mapped(const Range& range, const Function& function) {
  using Value = std::invoke_result_t<const Function&, std::ranges::range_reference_t<const Range>>;
  std::vector<std::decay_t<Value>> values;
  values.reserve(static_cast<std::size_t>(std::ranges::size(range)));
  for (const auto& one : range) values.push_back(std::invoke(function, one));
  return values;
}

}  // namespace tise
