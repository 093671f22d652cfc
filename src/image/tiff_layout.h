#pragma once

#include <array>
#include <cstdint>

#include "formats.h"
#include "tiff_directory.h"
#include "tiff_file.h"

namespace tise::image {

/// A colour space.
struct TiffColours {
  std::uint16_t photometric;
  const char* name;
  int samples;  ///< per pixel; 0 if not supported
  std::array<int, 5> bits;
};

/// What a picture's tags say of it.
struct TiffLayout {
  Size size;
  TiffColours colours{};
  int bits = 0;     ///< of a sample
  int samples = 0;  ///< per pixel
  bool is_in_planes = false;
  bool is_premultiplied = false;
  std::uint16_t compression = COMPRESSION_NONE;
  int orientation = 1;
};

/// Throws DecodeError if a picture of this layout isn't supported, and names what isn't.
TiffLayout layout_of(const Tiff& tiff, const TiffDirectory& directory);

}  // namespace tise::image
