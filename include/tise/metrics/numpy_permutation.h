#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tise::metrics {

/// numpy's `numpy.random.RandomState(seed).permutation(n)`, number for number; `n` at most 2^32.
std::vector<std::size_t> numpy_permutation(std::uint32_t seed, std::size_t n);

}  // namespace tise::metrics
