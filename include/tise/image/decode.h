#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tise::image {

/// An 8-bit RGB image, rows top to bottom, `rgb.size() == 3 * width * height`.
struct Pixels {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;
};

/// Bytes can't be read as an image. The message states why: `truncated after 3 kB`, `empty file`, …
class DecodeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// OpenCV's limits: pixels per image, and bytes per file.
inline constexpr std::int64_t kMaxPixels = 1LL << 30;
inline constexpr std::size_t kMaxFileBytes = (std::size_t{1} << 31U) - 1;
/// The default of `max_pixels`: 16,384 × 16,384.
inline constexpr std::int64_t kUsualMaxPixels = 1LL << 28;

/// What a file states about its image.
struct PictureHeader {
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::string format;            ///< such as `PNG`
  std::int64_t frames = 1;       ///< more than 1 in an animation
  std::int64_t orientation = 1;  ///< EXIF's, 1 to 8; 1 without EXIF, or if the decoder applies it (TIFF)
};

/// Decodes an image as Pillow's `open(...).convert("RGB")` does. EXIF orientation is ignored, but a TIFF's
/// own orientation is applied. Alpha is dropped, palettes are expanded, gray is repeated in all three
/// channels, and 16 bits are reduced to 8. Of an animation, only the first frame is read. docs/formats.md
/// lists the supported files. The number of pixels is checked in the header before anything is allocated.
/// Throws DecodeError.
Pixels decode(std::span<const std::uint8_t> bytes, std::int64_t max_pixels = kUsualMaxPixels);

/// OpenCV's version, such as `4.6.0`.
std::string opencv_version();

}  // namespace tise::image
