#pragma once

#include <cstddef>
#include <vector>

namespace tise::image {

/// Three channels of floats, one after another, as in a tensor [3, height, width].
struct Planes {
  int width = 0;
  int height = 0;
  std::vector<float> values;

  Planes(int w, int h) : width(w), height(h), values(3 * area()) {}
  float* at(std::size_t channel, int x, int y) { return &values[index(channel, x, y)]; }
  const float* at(std::size_t channel, int x, int y) const { return &values[index(channel, x, y)]; }
  std::size_t area() const { return static_cast<std::size_t>(width) * static_cast<std::size_t>(height); }

 private:
  std::size_t index(std::size_t channel, int x, int y) const {
    return channel * area() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
           static_cast<std::size_t>(x);
  }
};

/// TensorFlow 1's resize_bilinear with align_corners=False, with torch-fidelity's order of operations
/// (interpolate_compat_tensorflow.py, method "slow"): a pixel's position is its corner, and nothing is
/// averaged.
Planes tf1_bilinear(const Planes& planes, int width, int height);

}  // namespace tise::image
