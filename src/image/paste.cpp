#include "paste.h"

#include <algorithm>
#include <cstddef>

namespace tise::image {

Pixels canvas(int width, int height, int value) {
  const auto area = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  return {width, height, std::vector<std::uint8_t>(3 * area, static_cast<std::uint8_t>(value))};
}

void paste(const Pixels& from, int from_x, int from_y, Pixels& to, int to_x, int to_y) {
  const int width = std::min(from.width - from_x, to.width - to_x);
  const int height = std::min(from.height - from_y, to.height - to_y);
  if (width <= 0) return;
  const auto place = [](const Pixels& of, int x, int y) {
    return 3 * (static_cast<std::ptrdiff_t>(y) * of.width + x);
  };
  for (int y = 0; y < height; ++y) {
    std::copy_n(from.rgb.begin() + place(from, from_x, from_y + y), 3 * static_cast<std::ptrdiff_t>(width),
                to.rgb.begin() + place(to, to_x, to_y + y));
  }
}

}  // namespace tise::image
