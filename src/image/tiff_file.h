#pragma once

#include <tiffio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "bytes.h"

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

}  // namespace tise::image
