#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tise::testing {

/// An array in numpy's format: `type` such as `|u1`, `shape` such as `(2, 4, 4, 3)`.
std::string npy(const std::string& type, const std::string& shape, const std::string& data,
                bool fortran_order = false);

/// The bytes of `count` different images, uint8 [height, width, 3] each.
std::string image_rows(std::size_t count, std::size_t height, std::size_t width);

/// Writes an .npz whose array arr_0 repeats one image `count` times. The array is never whole in memory.
void write_image_npz(const std::filesystem::path& path, std::size_t count, std::size_t height,
                     std::size_t width, bool deflates);

/// Writes an .npz with these arrays, like numpy.savez, or like numpy.savez_compressed if `deflates`.
struct NamedArray {
  std::string name;
  std::string content;
};
void write_npz(const std::filesystem::path& path, const std::vector<NamedArray>& arrays,
               bool deflates = false);

}  // namespace tise::testing
