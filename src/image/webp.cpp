// WebP (RFC 9649): a RIFF file whose first chunk is lossy (VP8), lossless (VP8L) or extended (VP8X).

#include "formats.h"

namespace tise::image {

Size inspect_webp(Bytes bytes) {
  const ByteReader reader(bytes, ByteReader::Order::kLittle);
  reader.need(8, reader.u32(4));
  const std::string_view chunk = reader.text(12, 4);
  if (chunk == "VP8 ") return {reader.u16(26) & 0x3FFFU, reader.u16(28) & 0x3FFFU};
  if (chunk == "VP8L") {
    const std::uint32_t packed = reader.u32(21);
    return {1 + (packed & 0x3FFFU), 1 + (packed >> 14U & 0x3FFFU)};
  }
  if (chunk != "VP8X") throw DecodeError("corrupt: a WebP without a picture");
  constexpr std::uint32_t kAnimation = 2;
  if ((reader.u8(20) & kAnimation) != 0) throw DecodeError("an animated WebP is not supported");
  return {1 + static_cast<std::int64_t>(reader.u24(24)), 1 + static_cast<std::int64_t>(reader.u24(27))};
}

}  // namespace tise::image
