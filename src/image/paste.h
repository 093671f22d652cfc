#pragma once

#include "tise/image/decode.h"

namespace tise::image {

/// An image filled with one gray value.
Pixels canvas(int width, int height, int value);

/// Copies `from`, starting at (from_x, from_y), to (to_x, to_y) in `to`, as far as both images extend. No
/// position may be negative.
void paste(const Pixels& from, int from_x, int from_y, Pixels& to, int to_x, int to_y);

}  // namespace tise::image
