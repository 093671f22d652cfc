// PNG (ISO/IEC 15948): a signature, then chunks of length, type, data and CRC; an upper-case first letter of
// the type means that a decoder can't do without the chunk.

#include <array>

#include "formats.h"

namespace tise::image {
namespace {

constexpr std::size_t kSignature = 8;
constexpr std::size_t kFrame = 12;  // what a chunk has around its data

struct Chunk {
  std::string_view type;
  Bytes whole;  ///< with length, type and CRC
  bool critical() const { return type[0] >= 'A' && type[0] <= 'Z'; }
};

Chunk chunk_at(Bytes bytes, std::size_t at) {
  const ByteReader reader(bytes, ByteReader::Order::kBig);
  const std::size_t length = reader.u32(at);
  reader.need(at, length + kFrame);
  return {reader.text(at + 4, 4), bytes.subspan(at, length + kFrame)};
}

/// The CRC-32 of PNG, eight bytes a step ("slicing by 8"): table t advances a byte by t more zero bytes.
using CrcTables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr CrcTables crc_tables() {
  CrcTables tables{};
  for (std::uint32_t n = 0; n < 256; ++n) {
    std::uint32_t crc = n;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? 0xEDB88320U ^ crc >> 1U : crc >> 1U;
    tables[0][n] = crc;
  }
  for (std::size_t t = 1; t < 8; ++t) {
    for (std::size_t n = 0; n < 256; ++n) {
      tables[t][n] = tables[0][tables[t - 1][n] & 255U] ^ tables[t - 1][n] >> 8U;
    }
  }
  return tables;
}

std::uint32_t crc_of(Bytes bytes) {
  static constexpr CrcTables kTables = crc_tables();
  std::uint32_t crc = 0xFFFFFFFFU;
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      const std::uint32_t mixed = i < 4 ? crc >> 8 * i & 255U : 0U;
      next ^= kTables[7 - i][bytes[i] ^ mixed];
    }
    crc = next;
  }
  for (const std::uint8_t byte : bytes) crc = kTables[0][(crc ^ byte) & 255U] ^ crc >> 8U;
  return ~crc;
}

void check_crc(const Chunk& chunk) {
  const ByteReader reader(chunk.whole, ByteReader::Order::kBig);
  const std::size_t end = chunk.whole.size() - 4;
  if (crc_of(chunk.whole.subspan(4, end - 4)) != reader.u32(end)) {
    throw DecodeError("corrupt: the checksum of a chunk " + std::string(chunk.type) + " is wrong");
  }
}

}  // namespace

Size inspect_png(Bytes bytes) {
  const ByteReader reader(bytes, ByteReader::Order::kBig);
  if (chunk_at(bytes, kSignature).type != "IHDR") throw DecodeError("corrupt: a PNG without IHDR");
  const Size size{reader.u32(kSignature + 8), reader.u32(kSignature + 12)};
  for (std::size_t at = kSignature;;) {
    const Chunk chunk = chunk_at(bytes, at);
    if (chunk.critical()) check_crc(chunk);
    if (chunk.type == "IEND") return size;
    at += chunk.whole.size();
  }
}

std::vector<std::uint8_t> critical_chunks(Bytes png) {
  std::vector<std::uint8_t> kept(png.begin(), png.begin() + kSignature);
  kept.reserve(png.size());
  for (std::size_t at = kSignature;;) {
    const Chunk chunk = chunk_at(png, at);
    if (chunk.critical()) kept.insert(kept.end(), chunk.whole.begin(), chunk.whole.end());
    if (chunk.type == "IEND") return kept;
    at += chunk.whole.size();
  }
}

}  // namespace tise::image
