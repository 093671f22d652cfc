#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <string_view>
#include <vector>

#include "tise/metrics/registry.h"

namespace tise::metrics {

/// The pairs that the metric uses: indices into Samples::pairs, rising.
std::vector<std::size_t> pairs_for(const Samples& samples, std::string_view metric);

/// The images that an image metric uses, as rising indices into Samples::images: all of them if there are no
/// pairs, otherwise each image of a pair that the metric uses, once.
std::vector<std::size_t> images_for(const Samples& samples, std::string_view metric);

/// For each image (index), the given pairs that have it.
std::vector<std::vector<std::size_t>> pairs_by_image(const Samples& samples,
                                                     const std::vector<std::size_t>& pairs);

/// The values in rising order, each once.
std::vector<std::size_t> sorted_set(std::vector<std::size_t> values);

/// A look at the metric's column of all images' rows, also of those that it doesn't use.
Pass pass_over(const Reading& reading, RowVisitor visit, std::function<Step()> then);

/// 0 to n - 1.
std::vector<std::size_t> numbers_below(std::size_t n);

/// numpy's `numpy.random.RandomState(seed)`, number for number; `n` at most 2^32.
class NumpyRandom {
 public:
  explicit NumpyRandom(std::uint32_t seed) : twister_(seed) {}
  std::vector<std::size_t> permutation(std::size_t n);
  /// `choice(n, count, replace=False)`
  std::vector<std::size_t> choice(std::size_t n, std::size_t count);

 private:
  std::mt19937 twister_;
};

/// Of a generator's first permutation.
std::vector<std::size_t> numpy_permutation(std::uint32_t seed, std::size_t n);

}  // namespace tise::metrics
