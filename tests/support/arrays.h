#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tise::testing {

/// An array in numpy's format: `type` such as `|u1`, `shape` such as `(2, 4, 4, 3)`.
std::string npy(const std::string& type, const std::string& shape, const std::string& data,
                bool fortran_order = false);

/// Bytes that differ from image to image: `count` images of uint8 [height, width, 3].
std::string image_rows(std::size_t count, std::size_t height, std::size_t width);

/// One image again and again as the array arr_0 of an .npz, never whole in memory.
void write_image_npz(const std::filesystem::path& path, std::size_t count, std::size_t height,
                     std::size_t width, bool deflates);

/// An .npz with these arrays, as numpy.savez has it; deflated as numpy.savez_compressed if `deflates`.
struct NamedArray {
  std::string name;
  std::string content;
};
void write_npz(const std::filesystem::path& path, const std::vector<NamedArray>& arrays,
               bool deflates = false);

}  // namespace tise::testing
