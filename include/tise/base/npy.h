#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tise/base/zip.h"

namespace tise {

/// The end of the names of an `.npz`'s array members.
inline constexpr std::string_view kNpySuffix = ".npy";

/// The header of an array in numpy's NPY format (numpy, `numpy.lib.format`, versions 1 to 3).
struct NpyHeader {
  std::string type;  ///< `<f8`: byte order, kind, width in bytes
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
};

/// The names of the arrays in an `.npz`, in file order and without `.npy`, as numpy.load gives them. Throws
/// InputError `<role> <path>: <why>` if the file is unreadable or not an `.npz`.
std::vector<std::string> arrays_in(const std::filesystem::path& path, std::string_view role);

/// Reads the header, after which the source gives the data. Throws std::runtime_error that states what is
/// wrong.
NpyHeader read_npy_header(const ByteSource& source);

/// Reads exactly `size` bytes, in steps, so that a false size doesn't allocate memory. Throws
/// std::runtime_error.
std::string take(const ByteSource& source, std::size_t size);

/// `float32 [50000, 2048]`
std::string in_words(const NpyHeader& header);

}  // namespace tise
