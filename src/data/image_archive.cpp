#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <clocale>
#include <utility>

#include "image_container.h"
#include "image_names.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/base/image_format.h"
#include "tise/base/names.h"
#include "tise/base/utf8.h"
#include "tise/data/images.h"

namespace tise::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlock = std::size_t{256} << 10U;
/// An archive may unpack to this many times its size, and in any case to kNoBomb bytes. Images hardly
/// compress at all.
constexpr std::int64_t kMostGrowth = 200;
constexpr std::int64_t kNoBomb = std::int64_t{256} << 20;

/// Sets a UTF-8 locale while it exists. libarchive gives names in the thread's character set; if that is
/// ASCII, as in a container without a locale, it can't give other names.
class Utf8Names {
 public:
  Utf8Names() : before_(::uselocale(locale())) {}
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;
  ~Utf8Names() { ::uselocale(before_); }

 private:
  /// Null, which changes nothing, if the system has no such locale.
  static ::locale_t locale() {
    static const ::locale_t kUtf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return kUtf8;
  }
  ::locale_t before_;
};

bool leads_out(const fs::path& name) {
  return name.is_absolute() || std::ranges::find(name, "..") != name.end();
}

bool has_hidden_part(const fs::path& name) {
  return std::ranges::any_of(name, [](const fs::path& part) { return is_hidden(part.string()); });
}

/// An entry's path in the archive, in UTF-8 if possible; null if it has none.
const char* name_of(archive_entry* entry) {
  const char* name = ::archive_entry_pathname_utf8(entry);
  return name != nullptr ? name : ::archive_entry_pathname(entry);
}

/// Whether another thread may soon ask for an entry: a small file with an image extension, or with none.
bool is_small_image(archive_entry* entry) {
  const char* name = name_of(entry);
  return ::archive_entry_filetype(entry) == AE_IFREG && ::archive_entry_size(entry) <= kSmallEntry &&
         name != nullptr && (is_image_name(name) || extension_of(name).empty());
}

class ImageArchive final : public ImageContainer {
 public:
  using ImageContainer::ImageContainer;

  /// Reads to the archive's end. Throws InputError if it is damaged, unpacks to far more than its size, or
  /// has an image that is a link or whose name points outside the archive.
  Contents contents() const override;

 private:
  class ArchiveReader;
  static bool is_unnamed_image(ArchiveReader& reader, const std::string& name, LeftOut& left_out);
  std::unique_ptr<Reader> open() const override;
};

class ImageArchive::ArchiveReader final : public Reader {
 public:
  explicit ArchiveReader(const ImageArchive& of)
      : of_(of), archive_(::archive_read_new(), &::archive_read_free) {
    ::archive_read_support_format_zip(archive_.get());
    ::archive_read_support_format_tar(archive_.get());
    ::archive_read_support_format_gnutar(archive_.get());
    ::archive_read_support_filter_gzip(archive_.get());
    ::archive_read_support_filter_bzip2(archive_.get());
    ::archive_read_support_filter_xz(archive_.get());
    ::archive_read_support_filter_zstd(archive_.get());
    if (::archive_read_open_filename(archive_.get(), of.path().c_str(), kBlock) != ARCHIVE_OK) fail();
    // One compression and the file itself count as two.
    if (::archive_filter_count(archive_.get()) > 2) of_.fail("compressed more than once");
  }

  bool next() override {
    const Utf8Names utf8;
    const int status = ::archive_read_next_header(archive_.get(), &entry_);
    if (status == ARCHIVE_EOF) return false;
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) fail();
    return true;
  }

  archive_entry* entry() const { return entry_; }

  bool may_be_wanted() const override {
    const Utf8Names utf8;
    return is_small_image(entry_);
  }

  /// Throws InputError if the bytes unpacked so far are too many for the bytes read.
  void check_growth() const {
    const auto out = ::archive_filter_bytes(archive_.get(), 0);
    const auto in = ::archive_filter_bytes(archive_.get(), -1);
    if (out > kNoBomb && out / kMostGrowth > in)
      of_.fail(concat("unpacks to more than ", kMostGrowth, " times its size; reading stopped"));
  }

  /// Whether the current entry starts like an image.
  bool starts_like_one() {
    std::array<char, kImageSignature> head{};
    const auto got = ::archive_read_data(archive_.get(), head.data(), head.size());
    return got > 0 && starts_like_an_image({head.data(), static_cast<std::size_t>(got)});
  }

  std::vector<std::uint8_t> content(std::size_t most) override {
    const auto too_large = [&] { of_.fail(concat("has an entry larger than ", most, " bytes")); };
    if (::archive_entry_is_encrypted(entry_) != 0)
      of_.fail("has an encrypted entry; encryption is not supported");
    std::vector<std::uint8_t> bytes;
    std::array<std::uint8_t, kBlock> block;
    for (;;) {
      const auto got = ::archive_read_data(archive_.get(), block.data(), block.size());
      if (got < 0) fail();
      if (got == 0) return bytes;
      if (bytes.size() + static_cast<std::size_t>(got) > most) too_large();
      bytes.insert(bytes.end(), block.begin(), block.begin() + got);
    }
  }

 private:
  [[noreturn]] void fail() const {
    const char* why = ::archive_error_string(archive_.get());
    of_.fail(why == nullptr ? "unreadable" : concat("damaged, or not a .zip or .tar: ", why));
  }

  const ImageArchive& of_;
  std::unique_ptr<::archive, decltype(&::archive_read_free)> archive_;
  archive_entry* entry_ = nullptr;
};

ImageContainer::Contents ImageArchive::contents() const {
  check_readable();
  const Utf8Names utf8;
  Contents contents;
  ArchiveReader reader(*this);
  for (std::size_t place = 0; reader.next(); ++place) {
    archive_entry* const entry = reader.entry();
    reader.check_growth();
    const char* raw = name_of(entry);
    if (raw == nullptr) fail(concat("the name of entry ", place, " is unreadable"));
    const fs::path name(raw);
    const auto type = ::archive_entry_filetype(entry);
    if (!is_image_name(raw)) {
      if (type != AE_IFREG || has_hidden_part(name)) continue;
      if (is_sidecar_name(raw) && !first_invalid_utf8(raw) && !leads_out(name))
        contents.texts.push_back({name.lexically_normal().string(), place});
      if (!is_unnamed_image(reader, raw, contents.left_out)) continue;
    }
    if (first_invalid_utf8(raw)) fail("the entry name " + excerpt(raw, 80) + " is not UTF-8");
    if (leads_out(name)) {
      fail("the entry " + excerpt(raw, 80) + " points outside the archive; the archive is not read");
    }
    const bool is_link = ::archive_entry_hardlink(entry) != nullptr || type == AE_IFLNK;
    if (!is_link && type != AE_IFREG) continue;
    if (has_hidden_part(name)) {
      if (is_hidden_image(name.filename().string())) contents.left_out.hidden.emplace_back(raw);
      continue;
    }
    if (is_link) fail("the entry " + excerpt(raw, 80) + " is a link; replace it with the file");
    contents.images.push_back({name.lexically_normal().string(), place});
  }
  reader.check_growth();
  return contents;
}

/// Whether an entry without an image extension is an image: it has no extension and starts like one. Notes
/// archives and other images in `left_out`.
bool ImageArchive::is_unnamed_image(ArchiveReader& reader, const std::string& name, LeftOut& left_out) {
  if (is_archive_name(name)) left_out.nested.push_back(name);
  if (!may_be_an_image(name) || !reader.starts_like_one()) return false;
  if (extension_of(name).empty()) return true;
  left_out.other_names.push_back(name);
  return false;
}

std::unique_ptr<ImageContainer::Reader> ImageArchive::open() const {
  return std::make_unique<ArchiveReader>(*this);
}

}  // namespace

bool is_archive_name(std::string_view name) {
  constexpr std::array<std::string_view, 10> kEndings{".zip",  ".tar",    ".tar.gz", ".tgz",     ".tar.bz2",
                                                      ".tbz2", ".tar.xz", ".txz",    ".tar.zst", ".tzst"};
  return std::ranges::any_of(kEndings, [&](std::string_view end) {
    return name.size() >= end.size() && same_ignoring_case(name.substr(name.size() - end.size()), end);
  });
}

std::shared_ptr<const ImageContainer> open_archive(const fs::path& path, const std::string& role,
                                                   const std::string& shown) {
  return std::make_shared<const ImageArchive>(path, role, shown);
}

}  // namespace tise::data
