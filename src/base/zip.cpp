#include "tise/base/zip.h"

#include <archive.h>
#include <archive_entry.h>

#include <stdexcept>

#include "tise/base/files.h"

namespace tise {

struct ZipReader::Archive {
  std::unique_ptr<::archive, decltype(&::archive_read_free)> reader{::archive_read_new(),
                                                                    &::archive_read_free};
};

ZipReader::ZipReader(const std::filesystem::path& path, std::string_view role)
    : archive_(std::make_unique<Archive>()) {
  constexpr std::size_t kBlock = 1U << 18U;
  check_readable(path, role);
  ::archive* const reader = archive_->reader.get();
  ::archive_read_support_format_zip_seekable(reader);  // by its directory, which a truncated file lacks
  ::archive_read_open_filename(reader, path.c_str(), kBlock);  // a failure shows in the next call
}

ZipReader::~ZipReader() = default;

bool ZipReader::next() {
  archive_entry* entry = nullptr;
  const int status = ::archive_read_next_header(archive_->reader.get(), &entry);
  if (status == ARCHIVE_EOF) return false;
  if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
    throw std::runtime_error("not a zip file, or truncated");
  const char* name = ::archive_entry_pathname(entry);
  name_ = name == nullptr ? "" : name;
  size_ = ::archive_entry_size(entry);
  return true;
}

std::size_t ZipReader::read(char* data, std::size_t size) {
  const auto got = ::archive_read_data(archive_->reader.get(), data, size);
  if (got < 0) throw std::runtime_error("truncated or damaged");
  return static_cast<std::size_t>(got);
}

}  // namespace tise
