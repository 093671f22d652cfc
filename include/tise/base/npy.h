#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tise/base/zip.h"

namespace tise {

/// How the members of an `.npz` that hold arrays end.
inline constexpr std::string_view kNpySuffix = ".npy";

/// What an array in numpy's NPY format is (numpy, `numpy.lib.format`, versions 1 to 3).
struct NpyHeader {
  std::string type;  ///< `<f8`: byte order, kind, width in bytes
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
};

/// The names of the arrays in an `.npz`, in their order, as numpy.load gives them. Throws InputError `<role>
/// <path>: <why>` if the file can't be read or isn't one.
std::vector<std::string> arrays_in(const std::filesystem::path& path, std::string_view role);

/// Reads the header; the source then gives the data. Throws std::runtime_error saying what is wrong.
NpyHeader read_npy_header(const ByteSource& source);

/// Exactly `size` bytes, in steps, so that a size that lies costs nothing. Throws std::runtime_error.
std::string take(const ByteSource& source, std::size_t size);

/// `float32 [50000, 2048]`
std::string in_words(const NpyHeader& header);

}  // namespace tise
