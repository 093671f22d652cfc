#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tise/image/decode.h"

namespace tise::image {

/// Pillow's filters.
enum class Filter { kBox, kBilinear, kBicubic, kLanczos };

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
  Filter filter = Filter::kBicubic;
  int value = 0;  ///< of the canvas, 0..255

  friend bool operator==(const Step&, const Step&) = default;
};

/// Steps that are taken one after another, in 8 bits, each rounded as Pillow rounds it.
using Transform = std::vector<Step>;

/// Reads `square,resize=256:lanczos`; an empty text has no steps. Throws std::invalid_argument that says what
/// is wrong and what there is.
Transform parse_transform(std::string_view text);

/// The text that is read as the transform, the same for all spellings of it.
std::string to_string(const Transform& transform);

/// Throws DecodeError if a step can't take what those before it make of a picture of this size.
void check_fits(int width, int height, const Transform& transform);

/// The picture after all steps: to the bit that of Pillow's (up to 12) `crop` and `resize` of an RGB image.
/// Centres are torchvision's CenterCrop's: half the margin, rounded half to even. Throws DecodeError if the
/// picture is too small to be cropped or too large for the canvas.
Pixels transformed(Pixels pixels, const Transform& transform);

}  // namespace tise::image
