#include "tise/metrics/selection.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace tise::metrics {

const at::Tensor& Rows::at(std::string_view column) const {
  const auto found = columns.find(column);
  if (found == columns.end()) throw std::logic_error("no column " + std::string(column));
  return found->second;
}

std::vector<std::size_t> pairs_for(const Samples& samples, std::string_view metric) {
  std::vector<std::size_t> used;
  for (std::size_t i = 0; i < samples.pairs.size(); ++i) {
    const auto& only = samples.pairs[i].metrics;
    if (!only || std::ranges::find(*only, metric) != only->end()) used.push_back(i);
  }
  return used;
}

std::vector<std::size_t> images_for(const Samples& samples, std::string_view metric) {
  if (samples.pairs.empty()) return numbers_below(samples.images.size());
  std::vector<std::size_t> used;
  for (const std::size_t pair : pairs_for(samples, metric)) used.push_back(samples.pairs[pair].image);
  return sorted_set(std::move(used));
}

std::vector<std::vector<std::size_t>> pairs_by_image(const Samples& samples,
                                                     const std::vector<std::size_t>& pairs) {
  std::vector<std::vector<std::size_t>> by_image(samples.images.size());
  for (const std::size_t pair : pairs) by_image[samples.pairs[pair].image].push_back(pair);
  return by_image;
}

std::vector<std::size_t> sorted_set(std::vector<std::size_t> values) {
  std::ranges::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

Pass pass_over(const Reading& reading, RowVisitor visit, std::function<Step()> then) {
  return {reading.rows, {reading.column}, reading.samples.images.size(), std::move(visit), std::move(then)};
}

std::vector<std::size_t> numbers_below(std::size_t n) {
  std::vector<std::size_t> numbers(n);
  std::iota(numbers.begin(), numbers.end(), std::size_t{0});
  return numbers;
}

// numpy's legacy generator is frozen (its documentation: "Compatibility Guarantee" of RandomState), so its
// permutations can be reproduced anywhere:
// - RandomState(seed) with an integer is the Mersenne Twister's own init_genrand, like std::mt19937;
// - the shuffle swaps position i, from the last down to 1, with a draw from 0..i;
// - choice without replacement takes the first elements of a permutation;
// - a draw from 0..i takes the low bits of a 32-bit number, as many as i has, and repeats if they exceed i.
std::vector<std::size_t> NumpyRandom::permutation(std::size_t n) {
  std::vector<std::size_t> order = numbers_below(n);
  for (std::size_t i = n; i-- > 1;) {
    const std::size_t mask = std::bit_ceil(i + 1) - 1;
    std::size_t draw = twister_() & mask;
    while (draw > i) draw = twister_() & mask;
    std::swap(order[i], order[draw]);
  }
  return order;
}

std::vector<std::size_t> NumpyRandom::choice(std::size_t n, std::size_t count) {
  const std::vector<std::size_t> order = permutation(n);
  return {order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count)};
}

std::vector<std::size_t> numpy_permutation(std::uint32_t seed, std::size_t n) {
  return NumpyRandom(seed).permutation(n);
}

}  // namespace tise::metrics
