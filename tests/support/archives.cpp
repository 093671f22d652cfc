#include "support/archives.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <clocale>
#include <fstream>
#include <iterator>
#include <memory>

namespace tise::testing {

namespace fs = std::filesystem;

void write_archive(const fs::path& path, const std::vector<ArchiveEntry>& entries) {
  const ::locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  const ::locale_t before = ::uselocale(utf8);
  const std::unique_ptr<archive, decltype(&archive_write_free)> out(archive_write_new(), &archive_write_free);
  const std::string name = path.string();
  if (name.ends_with(".zip")) {
    archive_write_set_format_zip(out.get());
  } else {
    archive_write_set_format_pax_restricted(out.get());
  }
  if (name.ends_with("gz")) archive_write_add_filter_gzip(out.get());
  if (name.ends_with("bz2")) archive_write_add_filter_bzip2(out.get());
  if (name.ends_with("xz")) archive_write_add_filter_xz(out.get());
  if (name.ends_with("zst")) archive_write_add_filter_zstd(out.get());
  ASSERT_EQ(archive_write_open_filename(out.get(), path.c_str()), ARCHIVE_OK);
  const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                            &archive_entry_free);
  for (const ArchiveEntry& each : entries) {
    archive_entry_clear(entry.get());
    archive_entry_set_pathname_utf8(entry.get(), each.name.c_str());
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_filetype(entry.get(), each.link_to.empty() ? AE_IFREG : AE_IFLNK);
    if (!each.link_to.empty()) archive_entry_set_symlink(entry.get(), each.link_to.c_str());
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(each.content.size()));
    ASSERT_EQ(archive_write_header(out.get(), entry.get()), ARCHIVE_OK) << archive_error_string(out.get());
    archive_write_data(out.get(), each.content.data(), each.content.size());
  }
  ASSERT_EQ(archive_write_close(out.get()), ARCHIVE_OK);
  ::uselocale(before);
}

void pack(const fs::path& folder, const fs::path& archive, bool backwards) {
  std::vector<ArchiveEntry> entries;
  for (const auto& file : fs::directory_iterator(folder)) {
    std::ifstream content(file.path(), std::ios::binary);
    entries.push_back({file.path().filename().string(), {std::istreambuf_iterator<char>(content), {}}, ""});
  }
  std::sort(entries.begin(), entries.end(),
            [&](const auto& a, const auto& b) { return backwards ? a.name > b.name : a.name < b.name; });
  write_archive(archive, entries);
}

}  // namespace tise::testing
