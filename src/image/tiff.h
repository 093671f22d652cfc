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
  throw DecodeError("a TIFF " + what + " is not supported; convert it to PNG");
}

/// A TIFF in memory, opened by libtiff. Any complaint of libtiff while opening it is an error.
class Tiff {
 public:
  explicit Tiff(Bytes bytes);

  operator TIFF*() const { return tiff_.get(); }  // NOLINT(google-explicit-constructor)

  template <class T>
  T tag(std::uint32_t name, T otherwise) const {
    T value{};
    return TIFFGetFieldDefaulted(tiff_.get(), name, &value) == 1 ? value : otherwise;
  }

  /// Whether libtiff has complained on this thread since a file was opened. Its functions often succeed
  /// anyway.
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

/// The first directory of a TIFF or BigTIFF, read from the file itself: libtiff doesn't report how many
/// values a tag has.
class TiffDirectory {
 public:
  /// Throws DecodeError if the directory or a tag's values lie beyond the file's end, or if a tag appears
  /// twice.
  explicit TiffDirectory(Bytes bytes);

  /// How many values a tag has; 0 if the tag is missing. Throws DecodeError if they aren't integers.
  std::uint64_t count(std::uint32_t tag) const;

  /// A tag's value, if it has exactly one and that is a two-byte integer; else nullopt.
  std::optional<std::uint32_t> number(std::uint32_t tag) const;

 private:
  /// Reads a number of 4 bytes (8 in BigTIFF).
  std::size_t offset(std::size_t at) const;
  /// How many bytes of values fit into an entry.
  std::size_t inside() const { return is_big_ ? 8 : 4; }
  void check_values(std::size_t entry) const;

  ByteReader reader_;
  bool is_big_;
  std::map<std::uint32_t, std::size_t> entries_;  // positions, by tag
};

/// A color space.
struct TiffColours {
  std::uint16_t photometric;
  const char* name;         ///< as in "a TIFF in grayscale"
  int samples;              ///< per pixel; 0 if the color space isn't supported
  std::array<int, 5> bits;  ///< supported bits per sample
};

/// What an image's tags state.
struct TiffLayout {
  Size size;
  TiffColours colours{};
  int bits = 0;     ///< per sample
  int samples = 0;  ///< per pixel
  bool is_in_planes = false;
  bool is_premultiplied = false;
  std::uint16_t compression = COMPRESSION_NONE;
  int orientation = 1;
};

/// Throws DecodeError that names what isn't supported, if anything isn't.
TiffLayout layout_of(const Tiff& tiff, const TiffDirectory& directory);

}  // namespace tise::image
