// WebP (RFC 9649): a RIFF file whose first chunk is lossy (VP8), lossless (VP8L) or extended (VP8X).
// Animations are extended. Each of their frames (ANMF) contains a position on the canvas and the chunks of a
// plain file.

#include "formats.h"

namespace tise::image {
namespace {

constexpr std::size_t kFirstChunk = 12;  // after RIFF, the size and WEBP
constexpr std::size_t kHead = 8;         // a chunk's type and size
constexpr std::uint32_t kAnimation = 2;

struct Chunk {
  std::string_view type;
  Bytes data;
  Bytes whole;  ///< including head and padding
};

/// The chunk at `at`. The padding of the last chunk may be missing.
Chunk webp_chunk_at(Bytes bytes, std::size_t at) {
  const ByteReader reader(bytes, ByteReader::Order::kLittle);
  const std::size_t size = reader.u32(at + 4);
  reader.need(at + kHead, size);
  const std::size_t whole = std::min(kHead + size + size % 2, bytes.size() - at);
  return {reader.text(at, 4), bytes.subspan(at + kHead, size), bytes.subspan(at, whole)};
}

/// Reads the number of frames and the orientation of an extended file into `size`.
void see_chunks(Bytes bytes, bool is_animated, Size& size) {
  std::int64_t frames = 0;
  for (std::size_t at = kFirstChunk; at + kHead <= bytes.size();) {
    const Chunk chunk = webp_chunk_at(bytes, at);
    frames += chunk.type == "ANMF" ? 1 : 0;
    if (chunk.type == "EXIF") size.orientation = exif_orientation(chunk.data);
    at += chunk.whole.size();
  }
  if (is_animated && frames == 0) throw DecodeError("corrupt: an animated WebP without frames");
  if (is_animated) size.frames = frames;
}

std::string little(std::size_t number, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(number >> (8 * i));
  return text;
}

}  // namespace

bool is_animated_webp(Bytes bytes) {
  const ByteReader reader(bytes, ByteReader::Order::kLittle);
  return reader.has_at(kFirstChunk, "VP8X") && (reader.u8(20) & kAnimation) != 0;
}

Size inspect_webp(Bytes bytes) {
  const ByteReader reader(bytes, ByteReader::Order::kLittle);
  const std::size_t size = reader.u32(4);
  reader.need(kHead, size);
  const std::string_view chunk = reader.text(kFirstChunk, 4);
  if (chunk == "VP8 ") return {reader.u16(26) & 0x3FFFU, reader.u16(28) & 0x3FFFU};
  if (chunk == "VP8L") {
    const std::uint32_t packed = reader.u32(21);
    return {1 + (packed & 0x3FFFU), 1 + (packed >> 14U & 0x3FFFU)};
  }
  if (chunk != "VP8X") throw DecodeError("corrupt: a WebP without image data");
  Size header{1 + static_cast<std::int64_t>(reader.u24(24)), 1 + static_cast<std::int64_t>(reader.u24(27))};
  see_chunks(bytes.first(kHead + size), is_animated_webp(bytes), header);
  return header;
}

WebpFrame first_frame_of_webp(Bytes bytes) {
  constexpr std::size_t kFrameHead = 16;  // position, size, duration and flags
  constexpr std::uint32_t kAlpha = 16;
  Bytes frame;
  for (std::size_t at = kFirstChunk; frame.empty();) {
    const Chunk chunk = webp_chunk_at(bytes, at);
    if (chunk.type == "ANMF") frame = chunk.data;
    at += chunk.whole.size();
  }
  const ByteReader reader(frame, ByteReader::Order::kLittle);
  reader.need(0, kFrameHead);
  WebpFrame first{{}, 2 * std::int64_t{reader.u24(0)}, 2 * std::int64_t{reader.u24(3)}};
  const Bytes chunks = frame.subspan(kFrameHead);
  const bool has_alpha = ByteReader(chunks, ByteReader::Order::kLittle).has_at(0, "ALPH");
  std::string head = "RIFF" + little(4 + (has_alpha ? kHead + 10 : 0) + chunks.size(), 4) + "WEBP";
  if (has_alpha) {
    head += "VP8X" + little(10, 4) + little(kAlpha, 4);
    head += little(reader.u24(6), 3) + little(reader.u24(9), 3);
  }
  first.file.resize(head.size() + chunks.size());
  std::ranges::copy(chunks, std::ranges::copy(head, first.file.begin()).out);
  return first;
}

}  // namespace tise::image
