#pragma once

#include <cstdint>
#include <vector>

#include "tise/image/prepare.h"
#include "tise/image/steps.h"

namespace tise::image {

/// The wanted part, [first, first + count), of an axis resized to `size`.
struct Span {
  int size = 0;
  int first = 0;
  int count = 0;
};

/// Pillow's `Image.resize` of an RGB image to columns.size x rows.size, bit for bit. Computes and returns
/// only the two spans.
std::vector<std::uint8_t> resample(const Pixels& pixels, Filter filter, Span columns, Span rows);

/// Same, with the three channels as images of mode F. Bicubic overshoots: values may lie outside 0..255.
std::vector<float> resample_float(const Pixels& pixels, Filter filter, Span columns, Span rows);

/// The weights of one axis of `resample`.
ByteAxis byte_axis(Filter filter, int source_size, Span span);

}  // namespace tise::image
