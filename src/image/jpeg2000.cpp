// JPEG 2000 (ISO/IEC 15444-1): a codestream from SOC (FF 4F) to EOC (FF D9), bare or in the box `jp2c` of a
// JP2 file. OpenJPEG decodes truncated codestreams as far as they go, so EOC is checked here.

#include "formats.h"

namespace tise::image {
namespace {

struct Box {
  std::string_view type;
  Bytes content;
  std::size_t end = 0;
};

/// A box: length, type, content. Length 0 means the rest of the file; length 1 means that a 64-bit length
/// follows the type.
Box box_at(Bytes bytes, std::size_t at) {
  const ByteReader reader(bytes, ByteReader::Order::kBig);
  std::size_t length = reader.u32(at);
  std::size_t header = 8;
  if (length == 0) length = bytes.size() - at;
  if (length == 1) {
    length = static_cast<std::size_t>(reader.u32(at + 8)) << 32U | reader.u32(at + 12);
    header = 16;
  }
  if (length < header) throw DecodeError("corrupt: a JPEG 2000 box has an invalid length");
  reader.need(at, length);
  return {reader.text(at + 4, 4), bytes.subspan(at + header, length - header), at + length};
}

/// OpenCV reads every color space as RGB or grayscale.
void check_colours(Bytes header) {
  enum ColourSpace : std::uint32_t { kSrgb = 16, kGrey = 17 };
  for (std::size_t at = 0; at < header.size();) {
    const Box box = box_at(header, at);
    if (box.type == "pclr")
      throw DecodeError("a JPEG 2000 file with a palette is not supported; convert it to PNG");
    const ByteReader reader(box.content, ByteReader::Order::kBig);
    if (box.type == "colr" && reader.u8(0) == 1 && reader.u32(3) != kSrgb && reader.u32(3) != kGrey) {
      throw DecodeError("a JPEG 2000 file in color space " + std::to_string(reader.u32(3)) +
                        " is not supported; convert it to PNG");
    }
    at = box.end;
  }
}

Bytes codestream_of(Bytes bytes) {
  if (bytes[0] == 0xFF) return bytes;
  for (std::size_t at = 0;;) {
    const Box box = box_at(bytes, at);
    if (box.type == "jp2h") check_colours(box.content);
    if (box.type == "jp2c") return box.content;
    at = box.end;
  }
}

/// OpenCV scales deeper components differently from Pillow, and doesn't support smaller ones.
void check_components(const ByteReader& codestream) {
  const std::uint32_t count = codestream.u16(40);
  for (std::uint32_t c = 0; c < count; ++c) {
    const std::size_t at = 42 + std::size_t{3} * c;
    if (codestream.u8(at) != 7)
      throw DecodeError("a JPEG 2000 file with a bit depth other than 8 is not supported; convert it to PNG");
    if (codestream.u8(at + 1) != 1 || codestream.u8(at + 2) != 1) {
      throw DecodeError("a JPEG 2000 file with subsampled components is not supported; convert it to PNG");
    }
  }
  if (count > 4)
    throw DecodeError("a JPEG 2000 file with " + std::to_string(count) +
                      " components is not supported; convert it to PNG");
}

}  // namespace

Size inspect_jpeg2000(Bytes bytes) {
  constexpr std::uint32_t kEndOfCodestream = 0xFFD9;
  const Bytes codestream = codestream_of(bytes);
  const ByteReader reader(codestream, ByteReader::Order::kBig);
  const Size size{static_cast<std::int64_t>(reader.u32(8)) - reader.u32(16),
                  static_cast<std::int64_t>(reader.u32(12)) - reader.u32(20)};
  check_components(reader);
  if (bytes[0] == 0xFF && reader.u16(40) < 3)
    throw DecodeError("a bare JPEG 2000 codestream in grayscale is not supported; convert it to PNG");
  if (reader.u16(codestream.size() - 2) != kEndOfCodestream) truncated(bytes.size());
  return size;
}

}  // namespace tise::image
