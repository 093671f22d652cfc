// A TIFF's header states the byte order and the position of the first directory. A directory starts with the
// number of its entries. An entry has a tag, a type, a count and the values or, if these take more than 4
// bytes (8 in BigTIFF), their position.

#include <algorithm>
#include <cstdarg>
#include <cstring>
#include <limits>
#include <opencv2/imgcodecs.hpp>

#include "tiff.h"

namespace tise::image {
namespace {

enum Type : std::uint32_t { kShort = 3, kLong = 4, kLong8 = 16 };

/// Bytes per value of each type; 0 for types that the standard doesn't define.
constexpr std::array<std::size_t, 19> kWidths{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};

thread_local bool complained = false;

void complain(const char*, const char*, va_list) { complained = true; }

/// Sets libtiff's handlers for the whole program. OpenCV sets its own when it first looks for a decoder, so
/// it is made to do that first.
bool set_handlers() {
  cv::imdecode(cv::Mat::zeros(1, 16, CV_8U), cv::IMREAD_COLOR);
  TIFFSetErrorHandler(&complain);
  TIFFSetWarningHandler(nullptr);
  return true;
}

tmsize_t read_source(thandle_t handle, void* buffer, tmsize_t size) {
  auto& [bytes, at] = *static_cast<Tiff::Source*>(handle);
  const std::size_t count =
      std::min(static_cast<std::size_t>(size), bytes.size() - std::min(at, bytes.size()));
  if (count > 0) std::memcpy(buffer, bytes.data() + at, count);
  at += count;
  return static_cast<tmsize_t>(count);
}

tmsize_t write_source(thandle_t, void*, tmsize_t) { return 0; }

toff_t seek_source(thandle_t handle, toff_t offset, int whence) {
  auto& [bytes, at] = *static_cast<Tiff::Source*>(handle);
  const toff_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? at : bytes.size();
  return at = from + offset;
}

int close_source(thandle_t) { return 0; }

toff_t size_of_source(thandle_t handle) { return static_cast<Tiff::Source*>(handle)->bytes.size(); }

int map_source(thandle_t handle, void** data, toff_t* size) {
  const Bytes bytes = static_cast<Tiff::Source*>(handle)->bytes;
  *data = const_cast<std::uint8_t*>(bytes.data());
  *size = bytes.size();
  return 1;
}

void unmap_source(thandle_t, void*, toff_t) {}

}  // namespace

Tiff::Tiff(Bytes bytes) : source_{bytes} {
  [[maybe_unused]] static const bool kSet = set_handlers();
  complained = false;
  // "c": strips as stored in the file, not split into smaller ones.
  tiff_.reset(TIFFClientOpen("", "rc", &source_, &read_source, &write_source, &seek_source, &close_source,
                             &size_of_source, &map_source, &unmap_source));
  if (!tiff_ || complained) throw DecodeError("corrupt: unreadable TIFF directory");
}

bool Tiff::has_complained() { return complained; }

TiffDirectory::TiffDirectory(Bytes bytes)
    : reader_(bytes, bytes[0] == 'I' ? ByteReader::Order::kLittle : ByteReader::Order::kBig),
      is_big_(reader_.u16(2) == 43) {
  const std::size_t at = offset(is_big_ ? 8 : 4);
  const std::uint64_t entries = is_big_ ? offset(at) : reader_.u16(at);
  std::size_t entry = at + (is_big_ ? 8 : 2);
  for (std::uint64_t i = 0; i < entries; ++i, entry += is_big_ ? 20 : 12) {
    const std::uint32_t tag = reader_.u16(entry);
    if (!entries_.emplace(tag, entry).second)
      throw DecodeError("corrupt: TIFF tag " + std::to_string(tag) + " appears twice");
    check_values(entry);
  }
}

void TiffDirectory::check_values(std::size_t entry) const {
  const std::uint32_t type = reader_.u16(entry + 2);
  const std::size_t width = type < kWidths.size() ? kWidths[type] : 0;
  const std::uint64_t count = offset(entry + 4);
  if (width == 0 || count <= inside() / width) return;
  const std::uint64_t most = std::numeric_limits<std::size_t>::max() / width;
  reader_.need(offset(entry + 4 + inside()), static_cast<std::size_t>(std::min(count, most)) * width);
}

std::uint64_t TiffDirectory::count(std::uint32_t tag) const {
  const auto entry = entries_.find(tag);
  if (entry == entries_.end()) return 0;
  const std::uint32_t type = reader_.u16(entry->second + 2);
  if (type != kShort && type != kLong && type != kLong8)
    throw DecodeError("corrupt: TIFF tag " + std::to_string(tag) + " has the wrong type");
  return offset(entry->second + 4);
}

std::optional<std::uint32_t> TiffDirectory::number(std::uint32_t tag) const {
  const auto entry = entries_.find(tag);
  if (entry == entries_.end() || reader_.u16(entry->second + 2) != kShort || count(tag) != 1)
    return std::nullopt;
  return reader_.u16(entry->second + 4 + inside());
}

std::size_t TiffDirectory::offset(std::size_t at) const {
  if (!is_big_) return reader_.u32(at);
  const std::uint64_t first = reader_.u32(at);
  const std::uint64_t second = reader_.u32(at + 4);
  return reader_.order() == ByteReader::Order::kLittle ? second << 32U | first : first << 32U | second;
}

}  // namespace tise::image
