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

namespace {

/// Writes an .npz one array after another.
class Npz {
 public:
  Npz(const std::filesystem::path& path, bool deflates) {
    archive_write_set_format_zip(out_.get());
    archive_write_set_options(out_.get(), deflates ? "zip:compression=deflate" : "zip:compression=store");
    EXPECT_EQ(archive_write_open_filename(out_.get(), path.c_str()), ARCHIVE_OK);
  }
  void begin(const std::string& name, std::size_t size) {
    archive_entry_clear(entry_.get());
    archive_entry_set_pathname(entry_.get(), (name + ".npy").c_str());
    archive_entry_set_perm(entry_.get(), 0644);
    archive_entry_set_filetype(entry_.get(), AE_IFREG);
    archive_entry_set_size(entry_.get(), static_cast<la_int64_t>(size));
    EXPECT_EQ(archive_write_header(out_.get(), entry_.get()), ARCHIVE_OK);
  }
  void add(const std::string& bytes) { archive_write_data(out_.get(), bytes.data(), bytes.size()); }
  void finish() { EXPECT_EQ(archive_write_close(out_.get()), ARCHIVE_OK); }

 private:
  std::unique_ptr<archive, decltype(&archive_write_free)> out_{archive_write_new(), &archive_write_free};
  std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry_{archive_entry_new(),
                                                                       &archive_entry_free};
};

}  // namespace

void write_npz(const std::filesystem::path& path, const std::vector<NamedArray>& arrays, bool deflates) {
  Npz npz(path, deflates);
  for (const NamedArray& array : arrays) {
    npz.begin(array.name, array.content.size());
    npz.add(array.content);
  }
  npz.finish();
}

void write_image_npz(const std::filesystem::path& path, std::size_t count, std::size_t height,
                     std::size_t width, bool deflates) {
  Npz npz(path, deflates);
  const std::string shape =
      "(" + std::to_string(count) + ", " + std::to_string(height) + ", " + std::to_string(width) + ", 3)";
  const std::string header = npy("|u1", shape, "");
  const std::string row = image_rows(1, height, width);
  npz.begin("arr_0", header.size() + count * row.size());
  npz.add(header);
  for (std::size_t i = 0; i < count; ++i) npz.add(row);
  npz.finish();
}

}  // namespace tise::testing
