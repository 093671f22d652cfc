// TIFF 6.0: the header names a byte order and the first directory, whose entries of 12 bytes are tag, type,
// count and value (or where the values are, if they take more than four bytes).

#include <optional>

#include "formats.h"

namespace tise::image {
namespace {

enum Tag : std::uint32_t {
  kWidth = 256,
  kHeight = 257,
  kStripOffsets = 273,
  kStripSizes = 279,
  kTileOffsets = 324,
  kTileSizes = 325,
  kExtraSamples = 338,
  kSampleFormat = 339,
};

constexpr std::uint32_t kPremultiplied = 1;
constexpr std::uint32_t kUnsigned = 1;

class Directory {
 public:
  explicit Directory(Bytes bytes)
      : reader_(bytes, bytes[0] == 'I' ? ByteReader::Order::kLittle : ByteReader::Order::kBig),
        at_(reader_.u32(4)),
        entries_(reader_.u16(at_)) {}

  std::uint32_t value(Tag tag, std::uint32_t otherwise) const {
    const auto entry = find(tag);
    return entry ? element(*entry, 0) : otherwise;
  }

  /// Where a number of two bytes that its entry holds has its lower byte.
  std::optional<std::size_t> low_byte(Tag tag) const {
    const auto entry = find(tag);
    if (!entry || reader_.u32(*entry + 4) != 1) return std::nullopt;
    return *entry + (reader_.order() == ByteReader::Order::kLittle ? 8 : 9);
  }

  /// Throws DecodeError where a strip or tile lies beyond the file's end.
  void check_parts(Tag offsets, Tag sizes) const {
    const auto offset = find(offsets);
    const auto size = find(sizes);
    if (!offset || !size) return;
    const std::size_t parts = std::min(reader_.u32(*offset + 4), reader_.u32(*size + 4));
    for (std::size_t i = 0; i < parts; ++i) reader_.need(element(*offset, i), element(*size, i));
  }

 private:
  std::optional<std::size_t> find(Tag tag) const {
    for (std::size_t i = 0; i < entries_; ++i) {
      const std::size_t entry = at_ + 2 + 12 * i;
      if (reader_.u16(entry) == tag) return entry;
    }
    return std::nullopt;
  }

  std::uint32_t element(std::size_t entry, std::size_t i) const {
    constexpr std::uint32_t kShort = 3;
    const std::size_t width = reader_.u16(entry + 2) == kShort ? 2 : 4;
    const bool inside = reader_.u32(entry + 4) * width <= 4;
    const std::size_t at = (inside ? entry + 8 : reader_.u32(entry + 8)) + width * i;
    return width == 2 ? reader_.u16(at) : reader_.u32(at);
  }

  ByteReader reader_;
  std::size_t at_;
  std::size_t entries_;
};

}  // namespace

Size inspect_tiff(Bytes bytes) {
  const Directory directory(bytes);
  directory.check_parts(kStripOffsets, kStripSizes);
  directory.check_parts(kTileOffsets, kTileSizes);
  if (directory.value(kExtraSamples, 0) == kPremultiplied) {
    throw DecodeError("a TIFF with premultiplied alpha is not supported");
  }
  if (directory.value(kSampleFormat, kUnsigned) != kUnsigned) {
    throw DecodeError("a TIFF of floats or signed numbers is not supported");
  }
  return {directory.value(kWidth, 0), directory.value(kHeight, 0)};
}

std::vector<std::uint8_t> with_alpha_left_alone(Bytes tiff) {
  std::vector<std::uint8_t> changed(tiff.begin(), tiff.end());
  if (const auto at = Directory(tiff).low_byte(kExtraSamples)) changed[*at] = kPremultiplied;
  return changed;
}

}  // namespace tise::image
