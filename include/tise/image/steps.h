#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tise/image/decode.h"

namespace tise::image {

/// How a picture is resized. Pillow is Pillow up to 12.
enum class Filter {
  kPillowBox,              ///< `pillow-box`: 8 bit, fixed point, antialiased
  kPillowBilinear,         ///< `pillow-bilinear`, likewise
  kPillowBicubic,          ///< `pillow-bicubic`, likewise
  kPillowLanczos,          ///< `pillow-lanczos`, likewise
  kPillowFloatBicubic,     ///< `pillow-float-bicubic`: each channel as float (mode F), clipped to 0..255
  kTorchBilinear,          ///< `torch-bilinear`: F.interpolate, align_corners=False, no antialiasing
  kTorchBicubic,           ///< `torch-bicubic`, likewise; not clipped
  kTorchBicubicAntialias,  ///< `torch-bicubic-antialias`: antialias=True; not clipped
  kTf1Bilinear,            ///< `tf1-bilinear`: TensorFlow 1, align_corners=False, no antialiasing
};

/// Whether a filter takes bytes and gives bytes; else it gives floats.
bool gives_bytes(Filter filter);
/// `pillow-bicubic`
std::string_view to_string(Filter filter);
/// Throws std::invalid_argument that lists those that there are.
Filter parse_filter(std::string_view name);

/// What becomes of half a pixel where a crop's margin is odd.
enum class Half {
  kToEven,  ///< as torchvision's CenterCrop rounds: margins 1, 3, 5 begin at 0, 2, 2
  kDown,    ///< `floor`: at 0, 1, 2
};

/// A step that makes a picture from a picture.
struct Step {
  enum class Kind {
    kSquare,         ///< `square`: the largest square, from the centre
    kCrop,           ///< `crop=WxH`: from the centre
    kResize,         ///< `resize=WxH:FILTER`
    kResizeShorter,  ///< `resize=N:FILTER`: the shorter side to N, as torchvision's Resize(N)
    kResizeLonger,   ///< `resize-longer=N:FILTER`: the longer side to N, the other one rounded
    kPad,            ///< `pad=WxH:VALUE`: in the middle of a grey canvas
  };
  Kind kind = Kind::kSquare;
  int width = 0;  ///< or the side's length
  int height = 0;
  Filter filter = Filter::kPillowBicubic;
  Half half = Half::kToEven;  ///< of a crop
  int value = 0;              ///< of the canvas, 0..255

  bool resizes() const;
  bool crops() const { return kind == Kind::kSquare || kind == Kind::kCrop; }
  friend bool operator==(const Step&, const Step&) = default;
};

/// Steps that are taken one after another. Those of bytes are each rounded as Pillow rounds them.
using Steps = std::vector<Step>;

inline constexpr int kLargestSide = 16'384;

/// Reads `square,resize=256:lanczos`, whose filters are those of bytes, with or without `pillow-`; an empty
/// text has no steps. Throws std::invalid_argument that says what is wrong and what there is.
Steps parse_transform(std::string_view text);

/// In the form that `parse_transform` reads, the same for all spellings: `square,resize=256:pillow-lanczos`.
std::string to_string(const Steps& steps);

struct PictureSize {
  int width = 0;
  int height = 0;
  friend bool operator==(const PictureSize&, const PictureSize&) = default;
};

/// Of what the steps make of any picture, if that is always the same.
std::optional<PictureSize> fixed_size(const Steps& steps);

/// Throws DecodeError if the steps of --transform can't be taken with a picture of this size.
void check_fits(int width, int height, const Steps& transform);

/// The picture after the steps of --transform, which are those of bytes: to the bit that of Pillow's (up to
/// 12) `crop` and `resize` of an RGB image. Throws DecodeError if the picture is too small to be cropped or
/// too large for the canvas.
Pixels transformed(Pixels pixels, const Steps& transform);

}  // namespace tise::image
