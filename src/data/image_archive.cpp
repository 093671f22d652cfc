#include "image_archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <clocale>
#include <tuple>
#include <utility>

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
/// Entries passed on the way to another one: so many are kept for the threads that are a little behind.
constexpr std::size_t kKept = 256;
constexpr std::int64_t kSmall = std::int64_t{16} << 20;
constexpr std::size_t kKeptBytes = std::size_t{256} << 20U;
/// What an archive may unpack to, beyond a size that does no harm: sets of pictures hardly shrink at all.
constexpr std::int64_t kMostGrowth = 200;
constexpr std::int64_t kNoBomb = std::int64_t{256} << 20;

/// libarchive gives names in the thread's character set: where that is ASCII's, as in a container without a
/// locale, it has none for what isn't.
class Utf8Names {
 public:
  Utf8Names() : before_(::uselocale(locale())) {}
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;
  ~Utf8Names() { ::uselocale(before_); }

 private:
  /// Null, which changes nothing, where the system has none.
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

/// Its path in the archive, in UTF-8 where it can be had so; null where it has none.
const char* name_of(archive_entry* entry) {
  const char* name = ::archive_entry_pathname_utf8(entry);
  return name != nullptr ? name : ::archive_entry_pathname(entry);
}

/// Whether it may be wanted soon: an image by its name, or a name that says nothing.
bool is_small_image(archive_entry* entry) {
  const char* name = name_of(entry);
  return ::archive_entry_filetype(entry) == AE_IFREG && ::archive_entry_size(entry) <= kSmall &&
         name != nullptr && (is_image_name(name) || extension_of(name).empty());
}

}  // namespace

/// The archive from its beginning to its end, an entry after another.
class ImageArchive::Reader {
 public:
  explicit Reader(const ImageArchive& of) : of_(of), archive_(::archive_read_new(), &::archive_read_free) {
    of_.check_unchanged();
    ::archive_read_support_format_zip(archive_.get());
    ::archive_read_support_format_tar(archive_.get());
    ::archive_read_support_format_gnutar(archive_.get());
    ::archive_read_support_filter_gzip(archive_.get());
    if (::archive_read_open_filename(archive_.get(), of.path_.c_str(), kBlock) != ARCHIVE_OK) fail();
    // A filter more than gzip's is one that someone has nested.
    if (::archive_filter_count(archive_.get()) > 2) of_.fail("compressed more than once");
  }

  /// The place of the next entry is that of the last one, and one more.
  std::size_t next_place() const { return next_; }

  /// The next entry; null at the end.
  archive_entry* next() {
    archive_entry* entry = nullptr;
    const int status = ::archive_read_next_header(archive_.get(), &entry);
    if (status == ARCHIVE_EOF) return nullptr;
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) fail();
    ++next_;
    return entry;
  }

  /// Bytes that have come out so far, and what they came from.
  void check_growth() const {
    const auto out = ::archive_filter_bytes(archive_.get(), 0);
    const auto in = ::archive_filter_bytes(archive_.get(), -1);
    if (out > kNoBomb && out / kMostGrowth > in) {
      of_.fail(concat("unpacks to more than ", kMostGrowth, " times its size; not read any further"));
    }
  }

  /// Whether the entry that `next` came to starts like an image.
  bool starts_like_one() {
    std::array<char, kImageSignature> head{};
    const auto got = ::archive_read_data(archive_.get(), head.data(), head.size());
    return got > 0 && starts_like_an_image({head.data(), static_cast<std::size_t>(got)});
  }

  /// The content of the entry that `next` came to.
  std::vector<std::uint8_t> content(const archive_entry* entry, std::size_t most) {
    const auto too_large = [&] { of_.fail(concat("has an entry of more than ", most, " bytes")); };
    if (::archive_entry_is_encrypted(const_cast<archive_entry*>(entry)) != 0)
      of_.fail("has an encrypted entry");
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
    of_.fail(why == nullptr ? "can't be read" : concat("damaged, or no .zip, .tar or .tar.gz: ", why));
  }

  const ImageArchive& of_;
  std::unique_ptr<::archive, decltype(&::archive_read_free)> archive_;
  std::size_t next_ = 0;
};

ImageArchive::ImageArchive(fs::path path, std::string role)
    : path_(std::move(path)), role_(std::move(role)), state_(state_of(path_)) {}

ImageArchive::~ImageArchive() = default;

void ImageArchive::fail(const std::string& why) const {
  throw InputError(role_ + " " + path_.string() + ": " + why);
}

void ImageArchive::check_unchanged() const {
  const auto now = state_of(path_);
  if (!now || !state_) return;  // opening it says why
  const auto content = [](const FileState& state) {
    return std::tuple(state.inode, state.size, state.modified_ns);
  };
  if (content(*now) != content(*state_)) fail("has changed since its entries were listed");
}

ImageArchive::Contents ImageArchive::contents() const {
  check_readable(path_, role_);
  const Utf8Names utf8;
  Contents contents;
  Reader reader(*this);
  for (std::size_t place = 0; archive_entry* entry = reader.next(); ++place) {
    reader.check_growth();
    const char* raw = name_of(entry);
    if (raw == nullptr) fail(concat("its entry ", place, " has no name that can be read"));
    const fs::path name(raw);
    const auto type = ::archive_entry_filetype(entry);
    if (!is_image_name(raw)) {
      if (type != AE_IFREG || has_hidden_part(name)) continue;
      if (is_sidecar_name(raw) && !first_invalid_utf8(raw) && !leads_out(name))
        contents.texts.push_back({name.lexically_normal().string(), place});
      if (!is_unnamed_image(reader, raw, contents.left_out)) continue;
    }
    if (first_invalid_utf8(raw)) fail("the entry's name " + excerpt(raw, 80) + " is not UTF-8");
    if (leads_out(name)) {
      fail("the entry " + excerpt(raw, 80) + " leads out of the archive; nothing of it is read");
    }
    const bool is_link = ::archive_entry_hardlink(entry) != nullptr || type == AE_IFLNK;
    if (!is_link && type != AE_IFREG) continue;
    if (has_hidden_part(name)) {
      if (is_hidden_image(name.filename().string())) contents.left_out.hidden.emplace_back(raw);
      continue;
    }
    if (is_link) fail("the entry " + excerpt(raw, 80) + " is a link; give it as a file");
    contents.images.push_back({name.lexically_normal().string(), place});
  }
  reader.check_growth();
  return contents;
}

/// Whether an entry without an extension is an image. Notes those that are left out.
bool ImageArchive::is_unnamed_image(Reader& reader, const std::string& name, LeftOut& left_out) {
  if (is_archive_name(name)) left_out.nested.push_back(name);
  if (!may_be_an_image(name) || !reader.starts_like_one()) return false;
  if (extension_of(name).empty()) return true;
  left_out.other_names.push_back(name);
  return false;
}

std::vector<std::uint8_t> ImageArchive::read(std::size_t place, std::size_t most) const {
  const Utf8Names utf8;
  const std::lock_guard lock(reading_);
  const auto found = passed_.find(place);
  if (found != passed_.end()) {
    std::vector<std::uint8_t> bytes = std::move(found->second);
    passed_bytes_ -= bytes.size();
    passed_.erase(found);
    return bytes;
  }
  if (!reader_ || reader_->next_place() > place) {
    reader_.reset();
    reader_ = std::make_unique<Reader>(*this);
  }
  try {
    for (;;) {
      const std::size_t next = reader_->next_place();
      archive_entry* entry = reader_->next();
      if (entry == nullptr) fail("has changed since its entries were listed");
      if (next == place) return reader_->content(entry, most);
      if (place - next <= kKept && is_small_image(entry)) keep(next, reader_->content(entry, kSmall));
    }
  } catch (...) {
    reader_.reset();  // it stands in the middle of something
    throw;
  }
}

void ImageArchive::keep(std::size_t place, std::vector<std::uint8_t> bytes) const {
  passed_bytes_ += bytes.size();
  passed_[place] = std::move(bytes);
  while (passed_.size() > kKept || passed_bytes_ > kKeptBytes) {
    passed_bytes_ -= passed_.begin()->second.size();
    passed_.erase(passed_.begin());
  }
}

bool is_archive_name(std::string_view name) {
  constexpr std::array<std::string_view, 4> kEndings{".zip", ".tar", ".tar.gz", ".tgz"};
  return std::ranges::any_of(kEndings, [&](std::string_view end) {
    return name.size() >= end.size() && same_ignoring_case(name.substr(name.size() - end.size()), end);
  });
}

}  // namespace tise::data
