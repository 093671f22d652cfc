#pragma once

#include <tiffio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "formats.h"

namespace tise::image {

[[noreturn]] inline void unsupported(const std::string& what) {
  throw DecodeError("a TIFF " + what + " is not supported");
}

/// A TIFF in memory, opened by libtiff. What that objects to when it opens one is an error.
class Tiff {
 public:
  explicit Tiff(Bytes bytes);

  operator TIFF*() const { return tiff_.get(); }  // NOLINT(google-explicit-constructor)

  template <class T>
  T tag(std::uint32_t name, T otherwise) const {
    T value{};
    return TIFFGetFieldDefaulted(tiff_.get(), name, &value) == 1 ? value : otherwise;
  }

  /// Whether libtiff has complained on this thread since one was opened. Its functions often succeed all the
  /// same.
  static bool has_complained();

  /// What libtiff reads from.
  struct Source {
    Bytes bytes;
    std::size_t at = 0;
  };

 private:
  struct Close {
    void operator()(TIFF* tiff) const { TIFFClose(tiff); }
  };
  Source source_;
  std::unique_ptr<TIFF, Close> tiff_;
};

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
  void check_values(std::size_t entry) const;

  ByteReader reader_;
  bool is_big_;
  std::map<std::uint32_t, std::size_t> entries_;  // by tag, where they stand
};

/// A colour space.
struct TiffColours {
  std::uint16_t photometric;
  const char* name;
  int samples;  ///< per pixel; 0 if not supported
  std::array<int, 5> bits;
};

/// What a picture's tags say of it.
struct TiffLayout {
  Size size;
  TiffColours colours{};
  int bits = 0;     ///< of a sample
  int samples = 0;  ///< per pixel
  bool is_in_planes = false;
  bool is_premultiplied = false;
  std::uint16_t compression = COMPRESSION_NONE;
  int orientation = 1;
};

/// Throws DecodeError if a picture of this layout isn't supported, and names what isn't.
TiffLayout layout_of(const Tiff& tiff, const TiffDirectory& directory);

}  // namespace tise::image
