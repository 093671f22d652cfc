#pragma once

#include <functional>
#include <optional>

#include "bytes.h"

namespace tise::image {

/// The first directory of a TIFF or BigTIFF as it stands in the file. libtiff doesn't tell how many values a
/// tag has.
class TiffDirectory {
 public:
  /// Throws DecodeError if it or a tag's values lie beyond the file's end, or if a tag comes twice.
  explicit TiffDirectory(Bytes bytes);

  /// How many numbers a tag has; 0 if it is missing. Throws DecodeError if they aren't whole numbers.
  std::uint64_t count(std::uint32_t tag) const;

  /// A tag's number of two bytes; nothing if it has no such number.
  std::optional<std::uint32_t> number(std::uint32_t tag) const;

 private:
  /// A number of 4 bytes, of 8 in BigTIFF.
  std::size_t offset(std::size_t at) const;
  /// How many bytes an entry has for its values.
  std::size_t inside() const { return is_big_ ? 8 : 4; }
  void for_each(const std::function<void(std::size_t entry)>& visit) const;
  std::optional<std::size_t> find(std::uint32_t tag) const;
  std::uint64_t count_at(std::size_t entry) const;

  ByteReader reader_;
  bool is_big_;
  std::size_t at_;
};

}  // namespace tise::image
