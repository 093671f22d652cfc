// JPEG 2000 (ISO/IEC 15444-1): a codestream from SOC (FF 4F) to EOC (FF D9), bare or in the box `jp2c` of a
// JP2 file. OpenJPEG decodes what there is of a truncated one.

#include "formats.h"

namespace tise::image {
namespace {

/// Boxes: length, type, content. A length of 0 means all the rest, one of 1 that 64 bits follow the type.
Bytes codestream_of(Bytes bytes) {
  const ByteReader reader(bytes, ByteReader::Order::kBig);
  if (bytes[0] == 0xFF) return bytes;
  for (std::size_t at = 0;;) {
    std::size_t length = reader.u32(at);
    std::size_t header = 8;
    if (length == 0) length = bytes.size() - at;
    if (length == 1) {
      length = static_cast<std::size_t>(reader.u32(at + 8)) << 32U | reader.u32(at + 12);
      header = 16;
    }
    if (length < header) throw DecodeError("corrupt: a JPEG 2000 box without length");
    reader.need(at, length);
    if (reader.text(at + 4, 4) == "jp2c") return bytes.subspan(at + header, length - header);
    at += length;
  }
}

}  // namespace

Size inspect_jpeg2000(Bytes bytes) {
  constexpr std::uint32_t kEndOfCodestream = 0xFFD9;
  const Bytes codestream = codestream_of(bytes);
  const ByteReader reader(codestream, ByteReader::Order::kBig);
  const Size size{static_cast<std::int64_t>(reader.u32(8)) - reader.u32(16),
                  static_cast<std::int64_t>(reader.u32(12)) - reader.u32(20)};
  if (reader.u16(codestream.size() - 2) != kEndOfCodestream) truncated(bytes.size());
  return size;
}

}  // namespace tise::image
