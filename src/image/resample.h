#pragma once

#include <cstdint>
#include <vector>

#include "tise/image/prepare.h"
#include "tise/image/steps.h"

namespace tise::image {

/// Which part of a resized axis is wanted: `size` is the whole, [first, first + count) the part.
struct Span {
  int size = 0;
  int first = 0;
  int count = 0;
};

/// Pillow's `Image.resize` to columns.size x rows.size, cut to the two spans; nothing else is computed.
/// Bit for bit that of an RGB image.
std::vector<std::uint8_t> resample(const Pixels& pixels, Filter filter, Span columns, Span rows);

/// The same of the three channels as images of mode F. Bicubic overshoots: values lie beyond 0..255.
std::vector<float> resample_float(const Pixels& pixels, Filter filter, Span columns, Span rows);

/// The weights of one axis of `resample`.
ByteAxis byte_axis(Filter filter, int source_size, Span span);

}  // namespace tise::image
