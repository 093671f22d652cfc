// numpy's legacy generator is frozen (its documentation: "Compatibility Guarantee" of RandomState), so that
// its permutations can be had anywhere:
// - RandomState(seed) with an integer is the Mersenne Twister's own init_genrand, as is std::mt19937;
// - the shuffle swaps position i, from the last down to 1, with a draw from 0..i;
// - a draw from 0..i takes the low bits of a 32-bit number, as many as i has, and again where they exceed i.

#include "tise/metrics/numpy_permutation.h"

#include <bit>
#include <numeric>
#include <random>
#include <utility>

namespace tise::metrics {

std::vector<std::size_t> numpy_permutation(std::uint32_t seed, std::size_t n) {
  std::mt19937 twister(seed);
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = n; i-- > 1;) {
    const std::size_t mask = std::bit_ceil(i + 1) - 1;
    std::size_t draw = twister() & mask;
    while (draw > i) draw = twister() & mask;
    std::swap(order[i], order[draw]);
  }
  return order;
}

}  // namespace tise::metrics
