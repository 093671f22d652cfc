#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "tise/base/image_format.h"
#include "tise/image/decode.h"

namespace tise::image {

using Bytes = std::span<const std::uint8_t>;

/// Throws DecodeError: `truncated after 3 kB`.
[[noreturn]] void truncated(std::size_t size);

/// Reads numbers from a file. Throws DecodeError `truncated …` beyond its end.
class ByteReader {
 public:
  enum class Order { kBig, kLittle };

  ByteReader(Bytes bytes, Order order) : bytes_(bytes), order_(order) {}

  Order order() const { return order_; }
  std::uint32_t u8(std::size_t at) const { return number(at, 1); }
  std::uint32_t u16(std::size_t at) const { return number(at, 2); }
  std::uint32_t u24(std::size_t at) const { return number(at, 3); }
  std::uint32_t u32(std::size_t at) const { return number(at, 4); }
  std::int32_t i32(std::size_t at) const { return static_cast<std::int32_t>(u32(at)); }
  std::string_view text(std::size_t at, std::size_t length) const {
    need(at, length);
    return {reinterpret_cast<const char*>(bytes_.data()) + at, length};
  }
  bool has_at(std::size_t at, std::string_view text) const {
    return at <= bytes_.size() && bytes_.size() - at >= text.size() && this->text(at, text.size()) == text;
  }
  /// Position of the next such byte, from `at` on.
  std::size_t find(std::uint8_t byte, std::size_t at) const {
    need(at, 1);
    const void* found = std::memchr(bytes_.data() + at, byte, bytes_.size() - at);
    if (found == nullptr) truncated(bytes_.size());
    return static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - bytes_.data());
  }
  /// Throws DecodeError if fewer than `length` bytes follow `at`.
  void need(std::size_t at, std::size_t length) const {
    if (at > bytes_.size() || length > bytes_.size() - at) truncated(bytes_.size());
  }

 private:
  std::uint32_t number(std::size_t at, std::size_t length) const {
    need(at, length);
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < length; ++i) {
      value = value << 8U | bytes_[order_ == Order::kBig ? at + i : at + length - 1 - i];
    }
    return value;
  }

  Bytes bytes_;
  Order order_;
};

/// What a file's header states.
struct Size {
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::int64_t frames = 1;  ///< more than 1 in an animation
  int orientation = 1;      ///< EXIF's, 1 to 8; 1 without EXIF, or if the decoder applies it (TIFF)
};

/// Start of an EXIF block; optional in WebP and PNG.
inline constexpr std::string_view kExifPrefix{"Exif\0\0", 6};
/// The orientation in an EXIF block, or 1 if it has none. Unlike Pillow, ignores an orientation that only XMP
/// or a PNG's text states.
int exif_orientation(Bytes exif);

/// Walk through a file from its header to its end without decoding it. All throw DecodeError if the file is
/// truncated, or of a kind that can't be decoded as Pillow does.
Size inspect_png(Bytes bytes);
Size inspect_jpeg(Bytes bytes);
Size inspect_webp(Bytes bytes);
Size inspect_bmp(Bytes bytes);
Size inspect_tiff(Bytes bytes);
Size inspect_pnm(Bytes bytes);
Size inspect_jpeg2000(Bytes bytes);

/// Decode files that the functions above have accepted. Throw DecodeError.
Pixels decode_png(Bytes bytes, Size size);
Pixels decode_jpeg(Bytes bytes, Size size);
Pixels decode_tiff(Bytes bytes);  ///< the first image in the file

/// The first frame of an animated WebP as a file of its own, and its position on the canvas.
struct WebpFrame {
  std::vector<std::uint8_t> file;
  std::int64_t x = 0;
  std::int64_t y = 0;
};
WebpFrame first_frame_of_webp(Bytes bytes);
bool is_animated_webp(Bytes bytes);

/// What a walk through a file has found.
struct Walked {
  ImageSignature signature;
  Size size;
};
/// Throws DecodeError if a walk through the file shows that it can't be decoded.
Walked walk(Bytes bytes, std::int64_t max_pixels);
Pixels decode_walked(Bytes bytes, const Walked& walked, std::int64_t max_pixels);

/// Pillow's conversion of a CMYK pixel.
inline void cmyk_to_rgb(const std::uint8_t* cmyk, std::uint8_t* rgb) {
  const int light = 255 - cmyk[3];
  for (int c = 0; c < 3; ++c) {
    const int product = cmyk[c] * light + 128;
    rgb[c] = static_cast<std::uint8_t>(std::max(light - (((product >> 8) + product) >> 8), 0));
  }
}

}  // namespace tise::image
