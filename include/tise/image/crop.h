#pragma once

#include <optional>

#include "tise/image/decode.h"

namespace tise::image {

/// A box in a picture: corners in pixels, not rounded.
struct Box {
  float x0 = 0, y0 = 0, x1 = 0, y1 = 0;
};

/// Whether a crop of the box has no pixel, once its corners are rounded half to even.
bool is_empty(const Box& box);

/// Pillow's `Image.crop`: corners rounded half to even, what lies beyond the picture black. Nothing where the
/// box is empty. Throws std::invalid_argument where the box reaches further beyond the picture than its size.
std::optional<Pixels> crop(const Pixels& pixels, const Box& box);

}  // namespace tise::image
