#pragma once

#include "tise/image/decode.h"

namespace tise::image {

/// A picture of one grey value.
Pixels canvas(int width, int height, int value);

/// Copies a picture, from a place in it on, to a place in another one, as far as both reach. No place is
/// negative.
void paste(const Pixels& from, int from_x, int from_y, Pixels& to, int to_x, int to_y);

}  // namespace tise::image
