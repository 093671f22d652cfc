#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tise::image {

/// An 8-bit RGB picture, rows top to bottom, `rgb.size() == 3 * width * height`.
struct Pixels {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;
};

/// Why bytes are not a picture: `truncated after 3 kB`, `empty file`, `not an image`, …
class DecodeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// OpenCV takes no picture of more pixels, and no larger file.
inline constexpr std::int64_t kMaxPixels = 1LL << 30;
inline constexpr std::size_t kMaxFileBytes = (std::size_t{1} << 31U) - 1;
/// What a picture may have unless something else is said: 16,384 × 16,384.
inline constexpr std::int64_t kUsualMaxPixels = 1LL << 28;

/// What a file says of its picture.
struct PictureHeader {
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::string format;            ///< such as `PNG`
  std::int64_t frames = 1;       ///< of an animation
  std::int64_t orientation = 1;  ///< EXIF's, 1 to 8; 1 where it has none, or the decoder applies it (TIFF)
};

/// Decodes a picture as Pillow's `open(...).convert("RGB")` does: no EXIF rotation (but a TIFF's own), alpha
/// dropped, palette expanded, grey tripled, 16 bit reduced to 8; of an animation the first frame. What is
/// read is listed in docs/formats.md. The number of pixels is checked on the header, before anything is
/// allocated. Throws DecodeError.
Pixels decode(std::span<const std::uint8_t> bytes, std::int64_t max_pixels = kUsualMaxPixels);

/// Of the library that decodes, such as `4.6.0`.
std::string opencv_version();

}  // namespace tise::image
