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

/// How images are prepared for a model: the `input` object of its card.
struct Preparation {
  Steps steps;  ///< empty: the image's own pixels
  Range range = Range::kUnit;
  std::array<float, 3> mean{};
  std::array<float, 3> std{1, 1, 1};

  friend bool operator==(const Preparation&, const Preparation&) = default;
};

/// Throws std::invalid_argument if `prepare` doesn't support these steps, whatever the image: a resize that
/// returns floats must be the last resize.
void check_steps(const Steps& steps);

/// Parses `0..1` or `0..255`. Throws std::invalid_argument that lists the known ranges.
Range parse_range(std::string_view name);
std::string to_string(Range range);
/// The short form used in signatures: `resize=299x299:tf1-bilinear`, or `none`.
std::string to_string(const Preparation& preparation);

/// Prepares an image for a model: applies the steps, scales to the range, then (x - mean) / std. Returns
/// [3, H, W] float32. Throws DecodeError if a step can't be applied to an image of this size, and
/// std::invalid_argument as `check_steps` does.
at::Tensor prepare(const Pixels& pixels, const Preparation& preparation);
/// Same, into an existing tensor. It is reallocated if it is undefined or has another shape.
void prepare_into(at::Tensor& out, const Pixels& pixels, const Preparation& preparation);

/// Which source pixels contribute to each output pixel along one axis, and with what weights, in the
/// arithmetic of Pillow's 8-bit resize: a sum starts at half of 1 << kByteResizeBits and is shifted right by
/// kByteResizeBits.
struct ByteAxis {
  std::vector<std::int32_t> first;    ///< [count], first source pixel of each output pixel
  std::vector<std::int32_t> weights;  ///< [count, most], padded with 0
  std::int32_t most = 0;              ///< largest number of source pixels per output pixel
};
inline constexpr int kByteResizeBits = 32 - 8 - 2;

/// Columns are resized first and rounded to bytes, then rows.
struct ByteResize {
  ByteAxis columns;
  ByteAxis rows;
};

/// The filter of a preparation that consists of one resize, or one resize and one crop. Returns nullopt for
/// any other preparation, or if the output size depends on the image.
std::optional<Filter> only_resize(const Preparation& preparation);

/// What such a preparation, if its filter returns bytes, does to an image of this size before scaling to the
/// range and normalization. Throws DecodeError if it can't be applied to this size.
ByteResize byte_resize(int width, int height, const Preparation& preparation);

}  // namespace tise::image
