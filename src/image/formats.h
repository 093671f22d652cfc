#pragma once

#include <cstdint>
#include <vector>

#include "bytes.h"

namespace tise::image {

enum class Format { kPng, kJpeg, kWebp, kBmp, kTiff, kPnm, kJpeg2000, kGif, kOther };

/// The format that the first bytes announce.
Format sniff(Bytes bytes);

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

/// The PNG without its ancillary chunks. Gamma, colour profiles and transparency don't change what Pillow
/// makes of it, but they change what some releases of OpenCV do, and make libpng talk on stderr.
std::vector<std::uint8_t> critical_chunks(Bytes png);

/// The TIFF with its alpha declared premultiplied, whatever it is: else libtiff blends the picture with
/// black.
std::vector<std::uint8_t> with_alpha_left_alone(Bytes tiff);

}  // namespace tise::image
