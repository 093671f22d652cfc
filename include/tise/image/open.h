#pragma once

#include <cstdint>
#include <span>

#include "tise/image/decode.h"
#include "tise/image/steps.h"

namespace tise::image {

/// How image files are opened. The same for all networks.
struct Opening {
  std::int64_t max_pixels = kUsualMaxPixels;
  bool first_frame = false;  ///< read the first frame of animated files instead of refusing them
  bool turns = false;        ///< apply the EXIF orientation, which most evaluators ignore
  Steps transform = {};
};

struct Picture {
  Pixels pixels;
  PictureHeader header;  ///< of the file, before turn and transform
};

/// Reads a file's header and checks the rest of the file as far as possible without decoding it. Throws
/// DecodeError if the file can't be opened, or is animated and `first_frame` isn't set.
PictureHeader look_over(std::span<const std::uint8_t> bytes, const Opening& opening);

/// Decodes an image, turns it if requested, and applies the transform. Throws DecodeError.
Picture open(std::span<const std::uint8_t> bytes, const Opening& opening);

/// Turns an image upright according to its EXIF orientation (1 to 8), as Pillow's ImageOps.exif_transpose
/// does.
Pixels turned(Pixels pixels, int orientation);

}  // namespace tise::image
