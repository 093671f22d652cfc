#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tise/image/decode.h"

namespace tise::image {

enum class Resize {
  kNone,                ///< `none`
  kPillowBicubic,       ///< `pillow-bicubic`: 8 bit, fixed point, antialiased, as in Pillow up to 12
  kPillowBilinear,      ///< `pillow-bilinear`
  kPillowBicubicFloat,  ///< `pillow-bicubic-float`: each channel as float (Pillow's mode F), clipped to
                        ///< 0..255
  kTf1Bilinear,         ///< `tf1-bilinear`: TensorFlow 1, align_corners=False, no antialiasing
  kTorchBilinear,       ///< `torch-bilinear`: torch interpolate, align_corners=False, no antialiasing
};

enum class Fit {
  kNone,                    ///< `none`: the picture's own size
  kStretch,                 ///< `stretch`
  kShortestSideCenterCrop,  ///< `shortest-side-center-crop`: torchvision's Resize(int) and CenterCrop
};

enum class Range {
  kUnit,  ///< `0..1`
  kByte,  ///< `0..255`
};

/// How a model takes a picture; the `input` object of its card.
struct Preparation {
  int width = 0;
  int height = 0;
  Resize resize = Resize::kNone;
  Fit fit = Fit::kNone;
  Range range = Range::kUnit;
  std::array<float, 3> mean{};
  std::array<float, 3> std{1, 1, 1};

  friend bool operator==(const Preparation&, const Preparation&) = default;
};

/// The names that cards use. The `parse_` functions throw std::invalid_argument that lists the known ones.
Resize parse_resize(std::string_view name);
Fit parse_fit(std::string_view name);
Range parse_range(std::string_view name);
std::string to_string(Resize resize);
std::string to_string(Fit fit);
std::string to_string(Range range);
/// In short, as signatures have it: `pillow-bicubic/stretch/299x299`.
std::string to_string(const Preparation& preparation);

/// The picture as the model takes it: resized, scaled to the range, (x - mean) / std. [3, H, W] float32.
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

/// Whether the preparation's resize takes and gives bytes.
bool resizes_bytes(const Preparation& preparation);

/// What such a preparation does to a picture of this size before the range and the normalisation. Throws
/// std::invalid_argument where it can't take it.
ByteResize byte_resize(int width, int height, const Preparation& preparation);

}  // namespace tise::image
