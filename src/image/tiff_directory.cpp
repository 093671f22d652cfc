// A TIFF's header names a byte order and the first directory. That has the number of its entries, then the
// entries: tag, type, count, and the values or, if these take more than 4 bytes (8 in BigTIFF), where they
// are.

#include "tiff_directory.h"

#include <algorithm>
#include <array>
#include <limits>
#include <set>

namespace tise::image {
namespace {

enum Type : std::uint32_t { kShort = 3, kLong = 4, kLong8 = 16 };

/// How many bytes a value of each type takes; 0 for a type that the standard doesn't have.
constexpr std::array<std::size_t, 19> kWidths{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};

}  // namespace

TiffDirectory::TiffDirectory(Bytes bytes)
    : reader_(bytes, bytes[0] == 'I' ? ByteReader::Order::kLittle : ByteReader::Order::kBig),
      is_big_(reader_.u16(2) == 43),
      at_(offset(is_big_ ? 8 : 4)) {
  std::set<std::uint32_t> tags;
  for_each([&](std::size_t entry) {
    const std::uint32_t tag = reader_.u16(entry);
    if (!tags.insert(tag).second)
      throw DecodeError("corrupt: a TIFF with tag " + std::to_string(tag) + " twice");
    const std::uint32_t type = reader_.u16(entry + 2);
    const std::size_t width = type < kWidths.size() ? kWidths[type] : 0;
    const std::uint64_t count = offset(entry + 4);
    if (width == 0 || count <= inside() / width) return;
    const std::uint64_t most = std::numeric_limits<std::size_t>::max() / width;
    reader_.need(offset(entry + 4 + inside()), static_cast<std::size_t>(std::min(count, most)) * width);
  });
}

void TiffDirectory::for_each(const std::function<void(std::size_t entry)>& visit) const {
  const std::uint64_t entries = is_big_ ? offset(at_) : reader_.u16(at_);
  std::size_t entry = at_ + (is_big_ ? 8 : 2);
  for (std::uint64_t i = 0; i < entries; ++i, entry += is_big_ ? 20 : 12) visit(entry);
}

std::uint64_t TiffDirectory::count(std::uint32_t tag) const {
  const auto entry = find(tag);
  return entry ? count_at(*entry) : 0;
}

std::optional<std::uint32_t> TiffDirectory::number(std::uint32_t tag) const {
  const auto entry = find(tag);
  if (!entry || reader_.u16(*entry + 2) != kShort || count_at(*entry) != 1) return std::nullopt;
  return reader_.u16(*entry + 4 + inside());
}

std::optional<std::size_t> TiffDirectory::find(std::uint32_t tag) const {
  std::optional<std::size_t> found;
  for_each([&](std::size_t entry) {
    if (reader_.u16(entry) == tag) found = entry;
  });
  return found;
}

std::size_t TiffDirectory::offset(std::size_t at) const {
  if (!is_big_) return reader_.u32(at);
  const std::uint64_t first = reader_.u32(at);
  const std::uint64_t second = reader_.u32(at + 4);
  return reader_.order() == ByteReader::Order::kLittle ? second << 32U | first : first << 32U | second;
}

std::uint64_t TiffDirectory::count_at(std::size_t entry) const {
  const std::uint32_t type = reader_.u16(entry + 2);
  if (type != kShort && type != kLong && type != kLong8) {
    throw DecodeError("corrupt: a TIFF whose tag " + std::to_string(reader_.u16(entry)) +
                      " is of a wrong type");
  }
  return offset(entry + 4);
}

}  // namespace tise::image
