#include "tise/image/crop.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "paste.h"

namespace tise::image {
namespace {

/// Python's round: half to even, the processor's default rounding mode.
int rounded(float value) { return static_cast<int>(std::nearbyint(value)); }

void check(const Pixels& pixels, const Box& box) {
  const auto width = static_cast<float>(pixels.width);
  const auto height = static_cast<float>(pixels.height);
  const auto near = [](float value, float size) {
    return value >= -size && value <= 2 * size;
  };  // false for NaN
  if (!near(box.x0, width) || !near(box.x1, width) || !near(box.y0, height) || !near(box.y1, height)) {
    throw std::invalid_argument("the box lies too far outside the image");
  }
}

}  // namespace

bool is_empty(const Box& box) {
  return std::nearbyint(box.x1) <= std::nearbyint(box.x0) || std::nearbyint(box.y1) <= std::nearbyint(box.y0);
}

std::optional<Pixels> crop(const Pixels& pixels, const Box& box) {
  check(pixels, box);
  if (is_empty(box)) return std::nullopt;
  const int left = rounded(box.x0);
  const int top = rounded(box.y0);
  Pixels result = canvas(rounded(box.x1) - left, rounded(box.y1) - top, 0);
  paste(pixels, std::max(left, 0), std::max(top, 0), result, std::max(-left, 0), std::max(-top, 0));
  return result;
}

}  // namespace tise::image
