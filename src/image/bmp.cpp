// BMP: a file header of 14 bytes, then OS/2's header (12 bytes) or one of Windows's (40 bytes or more).

#include <cstdlib>

#include "formats.h"

namespace tise::image {
namespace {

constexpr std::uint32_t kOs2Header = 12;
enum Compression : std::uint32_t { kUncompressed = 0, kRle8 = 1, kRle4 = 2, kBitFields = 3 };

/// OpenCV reads 32 bits as blue, green, red and a fourth byte, whatever the masks are, and scales 15 and 16
/// bits differently from Pillow.
void check_layout(const ByteReader& reader) {
  const std::uint32_t bits = reader.u16(28);
  const std::uint32_t compression = reader.u32(30);
  if (bits == 16) throw DecodeError("a BMP with 16 bits per pixel is not supported; convert it to PNG");
  if (compression > kBitFields)
    throw DecodeError("a BMP with compression " + std::to_string(compression) +
                      " is not supported; convert it to PNG");
  if (compression == kBitFields &&
      (reader.u32(54) != 0xFF0000 || reader.u32(58) != 0xFF00 || reader.u32(62) != 0xFF)) {
    throw DecodeError(
        "a BMP with bit fields in an order other than blue, green, red is not supported; convert it to PNG");
  }
}

}  // namespace

Size inspect_bmp(Bytes bytes) {
  const ByteReader reader(bytes, ByteReader::Order::kLittle);
  const std::uint32_t pixels_at = reader.u32(10);
  if (reader.u32(14) == kOs2Header) return {reader.u16(18), reader.u16(20)};
  const Size size{reader.i32(18), std::abs(static_cast<std::int64_t>(reader.i32(22)))};  // negative: top down
  check_layout(reader);
  const std::int64_t bits = reader.u16(28);
  const bool plain =
      reader.u32(30) == kUncompressed && size.width > 0 && size.width * size.height <= kMaxPixels;
  if (plain)
    reader.need(pixels_at, static_cast<std::size_t>((size.width * bits + 31) / 32 * 4 * size.height));
  return size;
}

}  // namespace tise::image
