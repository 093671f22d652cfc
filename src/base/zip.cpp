#include "tise/base/zip.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <stdexcept>

#include "tise/base/files.h"

namespace tise {

void visit_zip(
    const std::filesystem::path& path, std::string_view role,
    const std::function<void(const std::string& name, std::int64_t size, const ByteSource& bytes)>& visit) {
  constexpr std::size_t kBlock = 1U << 18U;
  check_readable(path, role);
  const std::unique_ptr<archive, decltype(&::archive_read_free)> reader(::archive_read_new(),
                                                                        &::archive_read_free);
  ::archive_read_support_format_zip_seekable(reader.get());  // by its directory: a cut file has none
  if (::archive_read_open_filename(reader.get(), path.c_str(), kBlock) != ARCHIVE_OK) {
    throw std::runtime_error("no zip file");
  }
  archive_entry* entry = nullptr;
  int status = ARCHIVE_OK;
  while ((status = ::archive_read_next_header(reader.get(), &entry)) == ARCHIVE_OK ||
         status == ARCHIVE_WARN) {
    const char* name = ::archive_entry_pathname(entry);
    visit(name == nullptr ? "" : name, ::archive_entry_size(entry), [&](char* data, std::size_t size) {
      const auto got = ::archive_read_data(reader.get(), data, size);
      if (got < 0) throw std::runtime_error("truncated or damaged");
      return static_cast<std::size_t>(got);
    });
  }
  if (status != ARCHIVE_EOF) throw std::runtime_error("no zip file, or truncated");
}

}  // namespace tise
