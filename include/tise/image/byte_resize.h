#pragma once

#include <cstdint>
#include <vector>

#include "tise/image/prepare.h"

namespace tise::image {

/// Along an axis, which source pixels make each output pixel and with what weight, as Pillow's resize in 8
/// bits counts: a sum starts at half of 1 << kByteResizeBits and is shifted down by those bits.
struct ByteAxis {
  std::vector<std::int32_t> first;    ///< [count] of an output pixel's source pixels
  std::vector<std::int32_t> weights;  ///< [count, most], 0 behind an output pixel's last
  std::int32_t most = 0;              ///< source pixels of an output pixel
};
inline constexpr int kByteResizeBits = 32 - 8 - 2;

/// Columns are resized first, and rounded to bytes, then rows.
struct ByteResize {
  ByteAxis columns;
  ByteAxis rows;
};

/// Whether the preparation's resize takes and gives bytes.
bool resizes_bytes(const Preparation& preparation);

/// What such a preparation does to a picture of this size before the range and the normalisation. Throws
/// std::invalid_argument where it can't take it.
ByteResize byte_resize(int width, int height, const Preparation& preparation);

}  // namespace tise::image
