#include "tf1_bilinear.h"

#include <algorithm>

namespace tise::image {
namespace {

/// The two source pixels of an output pixel and how far it lies from the first to the second.
struct Between {
  std::size_t low;
  std::size_t high;
  float fraction;
};

std::vector<Between> axis_of(int source_size, int size) {
  const auto scale = static_cast<float>(static_cast<double>(source_size) / size);
  std::vector<Between> axis;
  for (int i = 0; i < size; ++i) {
    const float position = static_cast<float>(i) * scale;
    const int low = std::min(static_cast<int>(position), source_size - 1);
    const int high = std::min(low + 1, source_size - 1);
    axis.push_back(
        {static_cast<std::size_t>(low), static_cast<std::size_t>(high), position - static_cast<float>(low)});
  }
  return axis;
}

}  // namespace

Planes tf1_bilinear(const Planes& planes, int width, int height) {
  const std::vector<Between> across = axis_of(planes.width, width);
  const std::vector<Between> down = axis_of(planes.height, height);
  Planes out(width, height);
  float* to = out.values.data();
  for (std::size_t channel = 0; channel < 3; ++channel) {
    const float* plane = &planes.values[channel * planes.area()];
    for (const Between& y : down) {
      const float* upper = plane + y.low * static_cast<std::size_t>(planes.width);
      const float* lower = plane + y.high * static_cast<std::size_t>(planes.width);
      for (const Between& x : across) {
        const float above = upper[x.low] + (upper[x.high] - upper[x.low]) * x.fraction;
        const float below = lower[x.low] + (lower[x.high] - lower[x.low]) * x.fraction;
        *to++ = above + (below - above) * y.fraction;
      }
    }
  }
  return out;
}

}  // namespace tise::image
