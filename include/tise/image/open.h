#pragma once

#include <cstdint>
#include <span>

#include "tise/image/decode.h"
#include "tise/image/steps.h"

namespace tise::image {

/// How a file becomes a picture, for all networks alike.
struct Opening {
  std::int64_t max_pixels = kUsualMaxPixels;
  bool first_frame = false;  ///< of animated files, which are refused otherwise
  bool turns = false;        ///< by EXIF's orientation, which most evaluators ignore
  Steps transform = {};
};

struct Picture {
  Pixels pixels;
  PictureHeader header;  ///< of the file
};

/// Reads a file's header and walks over the rest, as far as that needs no decoding. Throws DecodeError where
/// the file can't be opened, an animated one among them.
PictureHeader look_over(std::span<const std::uint8_t> bytes, const Opening& opening);

/// Decodes a picture, turns it and takes the steps of the transform. Throws DecodeError.
Picture open(std::span<const std::uint8_t> bytes, const Opening& opening);

/// The picture as EXIF's orientation, 1 to 8, says that it is to be seen: Pillow's ImageOps.exif_transpose.
Pixels turned(Pixels pixels, int orientation);

}  // namespace tise::image
