#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "bytes.h"

namespace tise::image {

/// What a file's header says.
struct Size {
  std::int64_t width = 0;
  std::int64_t height = 0;
};

/// Walk a file from its header to its end without decoding it. All throw DecodeError where the file is
/// truncated, or of a kind that can't be decoded as Pillow does.
Size inspect_png(Bytes bytes);
Size inspect_jpeg(Bytes bytes);
Size inspect_webp(Bytes bytes);
Size inspect_bmp(Bytes bytes);
Size inspect_tiff(Bytes bytes);
Size inspect_pnm(Bytes bytes);
Size inspect_jpeg2000(Bytes bytes);

/// Decode what the functions above have taken. Throw DecodeError.
Pixels decode_png(Bytes bytes, Size size);
Pixels decode_jpeg(Bytes bytes, Size size);
Pixels decode_tiff(Bytes bytes);  ///< the first picture of the file

/// Pillow's conversion of a pixel of four samples.
inline void cmyk_to_rgb(const std::uint8_t* cmyk, std::uint8_t* rgb) {
  const int light = 255 - cmyk[3];
  for (int c = 0; c < 3; ++c) {
    const int product = cmyk[c] * light + 128;
    rgb[c] = static_cast<std::uint8_t>(std::max(light - (((product >> 8) + product) >> 8), 0));
  }
}

}  // namespace tise::image
