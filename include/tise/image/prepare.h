#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <string>
#include <string_view>

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

}  // namespace tise::image
