#pragma once

#include <cstddef>
#include <vector>

namespace tise::image {

/// Three channels of floats one after the other, as a tensor [3, height, width] has them.
struct Planes {
  int width = 0;
  int height = 0;
  std::vector<float> values;

  Planes(int w, int h) : width(w), height(h), values(3 * area()) {}
  std::size_t area() const { return static_cast<std::size_t>(width) * static_cast<std::size_t>(height); }
};

}  // namespace tise::image
