#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tise/image/steps.h"

namespace tise::image {

enum class Range {
  kUnit,  ///< `0..1`
  kByte,  ///< `0..255`
};

/// How a model takes a picture; the `input` object of its card.
struct Preparation {
  Steps steps;  ///< none: the picture's own pixels
  Range range = Range::kUnit;
  std::array<float, 3> mean{};
  std::array<float, 3> std{1, 1, 1};

  friend bool operator==(const Preparation&, const Preparation&) = default;
};

/// Throws std::invalid_argument if `prepare` can't take these steps, whatever the picture: of floats there is
/// one resize, and bytes are resized before it.
void check_steps(const Steps& steps);

/// `0..1`. Throws std::invalid_argument that lists those that there are.
Range parse_range(std::string_view name);
std::string to_string(Range range);
/// In short, as signatures have it: `resize=299x299:tf1-bilinear`, or `none`.
std::string to_string(const Preparation& preparation);

/// The picture as the model takes it: after the steps, scaled to the range, (x - mean) / std. [3, H, W]
/// float32. Throws DecodeError if the steps can't be taken with a picture of its size, and
/// std::invalid_argument as `check_steps` does.
at::Tensor prepare(const Pixels& pixels, const Preparation& preparation);
/// The same into a tensor that is there already; made anew where it is undefined or of another shape.
void prepare_into(at::Tensor& out, const Pixels& pixels, const Preparation& preparation);

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

/// The resize that a preparation is, with a crop of its result or without; nothing if it is anything else, or
/// if the size of what it makes depends on the picture.
std::optional<Filter> only_resize(const Preparation& preparation);

/// What such a preparation, of a filter of bytes, does to a picture of this size before the range and the
/// normalisation. Throws DecodeError where it can't take it.
ByteResize byte_resize(int width, int height, const Preparation& preparation);

}  // namespace tise::image
