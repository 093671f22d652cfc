#pragma once

#include <optional>

#include "tise/image/decode.h"

namespace tise::image {

/// A box in an image: corners in pixels, not rounded.
struct Box {
  float x0 = 0, y0 = 0, x1 = 0, y1 = 0;
};

/// Whether the box contains no pixel after its corners are rounded half to even.
bool is_empty(const Box& box);

/// Pillow's `Image.crop`: corners are rounded half to even, and pixels outside the image are black. Returns
/// nullopt if the box is empty. Throws std::invalid_argument if the box extends beyond the image by more than
/// the image's size.
std::optional<Pixels> crop(const Pixels& pixels, const Box& box);

}  // namespace tise::image
