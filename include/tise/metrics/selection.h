#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <string_view>
#include <vector>

#include "tise/metrics/registry.h"

namespace tise::metrics {

/// The pairs that the metric uses, as rising indices into Samples::pairs.
std::vector<std::size_t> pairs_for(const Samples& samples, std::string_view metric);

/// The images that an image metric uses, as rising indices into Samples::images: all of them in a run without
/// pairs, otherwise those of the pairs that the metric uses.
std::vector<std::size_t> images_for(const Samples& samples, std::string_view metric);

/// For each image (by index), those of the given pairs that have it.
std::vector<std::vector<std::size_t>> pairs_by_image(const Samples& samples,
                                                     const std::vector<std::size_t>& pairs);

/// The distinct values in rising order.
std::vector<std::size_t> sorted_set(std::vector<std::size_t> values);

/// A pass over the metric's column for all images, including those that it doesn't use.
Pass pass_over(const Reading& reading, RowVisitor visit, std::function<Step()> then);

/// The numbers 0 to n - 1.
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

/// The first permutation of `NumpyRandom(seed)`.
std::vector<std::size_t> numpy_permutation(std::uint32_t seed, std::size_t n);

}  // namespace tise::metrics
