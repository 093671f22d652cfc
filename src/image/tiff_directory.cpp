// A TIFF's header names a byte order and the first directory. That has the number of its entries, then the
// entries: tag, type, count, and the values or, if these take more than 4 bytes (8 in BigTIFF), where they are.

#include "tiff_directory.h"

namespace tise::image {
namespace {

enum Type : std::uint32_t { kShort = 3, kLong = 4, kLong8 = 16 };

}  // namespace

TiffDirectory::TiffDirectory(Bytes bytes)
    : reader_(bytes, bytes[0] == 'I' ? ByteReader::Order::kLittle : ByteReader::Order::kBig),
      is_big_(reader_.u16(2) == 43),
      at_(offset(is_big_ ? 8 : 4)) {}

std::uint64_t TiffDirectory::count(std::uint32_t tag) const {
  const auto entry = find(tag);
  return entry ? count_at(*entry) : 0;
}

std::optional<std::uint32_t> TiffDirectory::number(std::uint32_t tag) const {
  const auto entry = find(tag);
  if (!entry || reader_.u16(*entry + 2) != kShort || count_at(*entry) != 1) return std::nullopt;
  return reader_.u16(*entry + (is_big_ ? 12 : 8));
}

std::optional<std::size_t> TiffDirectory::find(std::uint32_t tag) const {
  const std::uint64_t entries = is_big_ ? offset(at_) : reader_.u16(at_);
  std::optional<std::size_t> found;
  std::size_t entry = at_ + (is_big_ ? 8 : 2);
  for (std::uint64_t i = 0; i < entries; ++i, entry += is_big_ ? 20 : 12) {
    if (reader_.u16(entry) != tag) continue;
    if (found) throw DecodeError("corrupt: a TIFF with tag " + std::to_string(tag) + " twice");
    found = entry;
  }
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
    throw DecodeError("corrupt: a TIFF whose tag " + std::to_string(reader_.u16(entry)) + " is of a wrong type");
  }
  const std::size_t width = type == kShort ? 2 : type == kLong ? 4 : 8;
  const std::uint64_t count = offset(entry + 4);
  const std::uint64_t most = (std::uint64_t{1} << 63U) / width;
  if (count <= (is_big_ ? 8U : 4U) / width) return count;
  reader_.need(offset(entry + (is_big_ ? 12 : 8)), count > most ? most : width * count);
  return count;
}

}  // namespace tise::image
