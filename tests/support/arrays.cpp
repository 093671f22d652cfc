#include "support/arrays.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <memory>

namespace tise::testing {

std::string npy(const std::string& type, const std::string& shape, const std::string& data,
                bool fortran_order) {
  std::string header = "{'descr': '" + type + "', 'fortran_order': " + (fortran_order ? "True" : "False") +
                       ", 'shape': " + shape + ", }";
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size() & 255U);
  bytes += static_cast<char>(header.size() >> 8U);
  return bytes + header + data;
}

std::string image_rows(std::size_t count, std::size_t height, std::size_t width) {
  std::string data;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t k = 0; k < height * width * 3; ++k)
      data += static_cast<char>((7 * k + 31 * i + k / 5) % 256);
  }
  return data;
}

void write_npz(const std::filesystem::path& path, const std::vector<NamedArray>& arrays, bool deflates) {
  const std::unique_ptr<archive, decltype(&archive_write_free)> out(archive_write_new(), &archive_write_free);
  archive_write_set_format_zip(out.get());
  archive_write_set_options(out.get(), deflates ? "zip:compression=deflate" : "zip:compression=store");
  ASSERT_EQ(archive_write_open_filename(out.get(), path.c_str()), ARCHIVE_OK);
  const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                            &archive_entry_free);
  for (const NamedArray& array : arrays) {
    archive_entry_clear(entry.get());
    archive_entry_set_pathname(entry.get(), (array.name + ".npy").c_str());
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(array.content.size()));
    ASSERT_EQ(archive_write_header(out.get(), entry.get()), ARCHIVE_OK);
    archive_write_data(out.get(), array.content.data(), array.content.size());
  }
  ASSERT_EQ(archive_write_close(out.get()), ARCHIVE_OK);
}

}  // namespace tise::testing
