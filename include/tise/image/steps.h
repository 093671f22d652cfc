#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tise/image/decode.h"

namespace tise::image {

/// How an image is resized. "Pillow" means Pillow up to version 12.
enum class Filter {
  kPillowBox,              ///< `pillow-box`: 8 bit, fixed point, antialiased
  kPillowBilinear,         ///< `pillow-bilinear`: same
  kPillowBicubic,          ///< `pillow-bicubic`: same
  kPillowLanczos,          ///< `pillow-lanczos`: same
  kPillowFloatBicubic,     ///< `pillow-float-bicubic`: each channel as float (mode F), clipped to 0..255
  kTorchBilinear,          ///< `torch-bilinear`: F.interpolate, align_corners=False, no antialiasing
  kTorchBicubic,           ///< `torch-bicubic`: same; not clipped
  kTorchBicubicAntialias,  ///< `torch-bicubic-antialias`: antialias=True; not clipped
  kTf1Bilinear,            ///< `tf1-bilinear`: TensorFlow 1, align_corners=False, no antialiasing
};

/// Whether a filter returns bytes. The others return floats.
bool gives_bytes(Filter filter);
/// The name of a filter, such as `pillow-bicubic`.
std::string_view to_string(Filter filter);
/// Throws std::invalid_argument that lists the known filters.
Filter parse_filter(std::string_view name);

/// How half a pixel is rounded if a crop's margin is odd.
enum class Half {
  kToEven,  ///< as torchvision's CenterCrop: margins of 1, 3, 5 begin at 0, 2, 2
  kDown,    ///< `floor`: at 0, 1, 2
};

/// A step that turns one image into another.
struct Step {
  enum class Kind {
    kSquare,         ///< `square`: the largest centered square
    kCrop,           ///< `crop=WxH`: centered
    kResize,         ///< `resize=WxH:FILTER`
    kResizeShorter,  ///< `resize=N:FILTER`: the shorter side becomes N, as in torchvision's Resize(N)
    kResizeLonger,   ///< `resize-longer=N:FILTER`: the longer side becomes N, the other is rounded
    kPad,            ///< `pad=WxH:VALUE`: centered on a gray canvas
  };
  Kind kind = Kind::kSquare;
  int width = 0;  ///< or the length of the side
  int height = 0;
  Filter filter = Filter::kPillowBicubic;
  Half half = Half::kToEven;  ///< for crops
  int value = 0;              ///< gray value of the canvas, 0..255

  bool resizes() const;
  bool crops() const { return kind == Kind::kSquare || kind == Kind::kCrop; }
  friend bool operator==(const Step&, const Step&) = default;
};

/// Steps, applied in order. Each step that returns bytes is rounded as in Pillow.
using Steps = std::vector<Step>;

inline constexpr int kLargestSide = 16'384;

/// Parses `square,resize=256:lanczos`. Only filters that return bytes are allowed, with or without `pillow-`.
/// An empty text means no steps. Throws std::invalid_argument that states what is wrong and what is allowed.
Steps parse_transform(std::string_view text);

/// The canonical spelling, in the form that `parse_transform` reads: `square,resize=256:pillow-lanczos`.
std::string to_string(const Steps& steps);

struct PictureSize {
  int width = 0;
  int height = 0;
  friend bool operator==(const PictureSize&, const PictureSize&) = default;
};

/// The output size, if it is the same for every image.
std::optional<PictureSize> fixed_size(const Steps& steps);

/// Throws DecodeError if the steps of --transform can't be applied to an image of this size.
void check_fits(int width, int height, const Steps& transform);

/// Applies the steps of --transform, all of which return bytes. The result is bit for bit that of Pillow's
/// (up to 12) `crop` and `resize` for an RGB image. Throws DecodeError if the image is too small for a crop
/// or too large for the canvas.
Pixels transformed(Pixels pixels, const Steps& transform);

}  // namespace tise::image
