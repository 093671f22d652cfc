#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <ctime>
#include <fstream>
#include <regex>
#include <string_view>

#include "image_archive.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/data/images.h"
#include "tise/data/utf8.h"

namespace tise::data {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 22> kExtensions{
    "png", "jpg", "jpeg", "jpe", "jfif", "webp", "bmp", "dib", "tif",  "tiff", "gif",
    "ppm", "pgm", "pbm",  "pnm", "pfm",  "jp2",  "j2k", "exr", "avif", "heic", "jxl"};

bool starts_like_an_image(const fs::path& path) {
  std::array<char, 12> head{};
  std::ifstream(path, std::ios::binary).read(head.data(), head.size());
  const std::string_view start(head.data(), head.size());
  return start.starts_with("\x89PNG\r\n") || start.starts_with("\xFF\xD8\xFF") || start.starts_with("GIF8") ||
         (start.starts_with("RIFF") && start.substr(8) == "WEBP") || start.starts_with("BM") ||
         start.starts_with(std::string_view("II*\0", 4)) || start.starts_with(std::string_view("MM\0*", 4));
}

/// Adds an archive's images, under their paths in it after a prefix.
void add_archive(std::vector<ImageFile>& images, const fs::path& path, const std::string& prefix,
                 const std::string& role) {
  const auto archive = std::make_shared<const ImageArchive>(path, role);
  for (ImageArchive::Entry& entry : archive->images()) {
    images.push_back({prefix + entry.name, path.string() + "/" + entry.name, archive, entry.place});
  }
}

/// Walks a folder and what its links lead to. The folders on the way down are remembered by their true paths,
/// so that a link to one of them is not followed again.
class Walk {
 public:
  Walk(const fs::path& folder, const std::string& role) : folder_(folder), role_(role) {}

  /// Those in files; where there are none, those in archives.
  std::vector<ImageFile> images() {
    visit(folder_, "");
    if (!found_.empty()) return std::move(found_);
    for (const ImageFile& archive : archives_) {
      const std::string prefix = archive.name.substr(0, archive.name.rfind('/') + 1);
      add_archive(found_, archive.path, prefix, role_);
    }
    return std::move(found_);
  }

 private:
  void visit(const fs::path& folder, const std::string& prefix) {
    std::error_code error;
    const fs::path true_path = fs::canonical(folder, error);
    if (error) fail("can't read " + folder.string() + ": " + error.message());
    if (std::find(open_.begin(), open_.end(), true_path) != open_.end()) return;
    open_.push_back(true_path);
    fs::directory_iterator entry(folder, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      see(*entry, prefix + entry->path().filename().string());
    }
    if (error) fail("can't read " + folder.string() + ": " + error.message());
    open_.pop_back();
  }

  void see(const fs::directory_entry& entry, const std::string& name) {
    if (entry.path().filename().string().starts_with('.')) return;
    std::error_code ignored;
    const fs::file_status status = entry.status(ignored);
    if (fs::is_directory(status)) return visit(entry.path(), name + "/");
    // A link to nothing is an image that will fail to open: better than one that is silently not there.
    if (!fs::is_regular_file(status) && status.type() != fs::file_type::not_found) return;
    if (is_archive_name(name)) archives_.push_back({name, entry.path().string()});
    const bool renamed = !entry.path().has_extension() && starts_like_an_image(entry.path());
    if (!is_image_name(name) && !renamed) return;
    if (first_invalid_utf8(name)) fail("the file name " + excerpt(name, 80) + " is not UTF-8");
    found_.push_back({name, entry.path().string()});
  }

  [[noreturn]] void fail(const std::string& why) const {
    throw InputError(role_ + " " + folder_.string() + ": " + why);
  }

  fs::path folder_;
  std::string role_;
  std::vector<fs::path> open_;
  std::vector<ImageFile> found_;
  std::vector<ImageFile> archives_;
};

/// `a-{08..10}.tar` as `a-08.tar`, `a-09.tar`, `a-10.tar`; a text without such braces as it is.
std::vector<std::string> expanded(const std::string& text) {
  static const std::regex kBraces(R"(\{(\d{1,9})\.\.(\d{1,9})\})");
  std::smatch match;
  if (!std::regex_search(text, match, kBraces)) return {text};
  constexpr unsigned long kMostParts = 1'000'000;
  if (std::stoul(match[2]) - std::stoul(match[1]) >= kMostParts) return {text};  // and if it goes backwards
  std::vector<std::string> all;
  const auto width = static_cast<std::size_t>(match[1].length());
  for (std::uint32_t i = std::stoul(match[1]); i <= std::stoul(match[2]); ++i) {
    std::string number = std::to_string(i);
    number.insert(0, width - std::min(width, number.size()), '0');
    for (std::string& rest : expanded(match.suffix())) all.push_back(match.prefix().str() + number + rest);
  }
  return all;
}

void refuse_repeated(const std::vector<ImageFile>& images, const std::string& place) {
  const auto same = [](const auto& a, const auto& b) { return a.name == b.name; };
  const auto found = std::adjacent_find(images.begin(), images.end(), same);
  if (found == images.end()) return;
  throw InputError(place + found->name + " is there twice: " + found->path + " and " + (found + 1)->path);
}

}  // namespace

bool is_image_name(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || name[dot - 1] == '/') return false;
  std::string extension(name.substr(dot + 1));
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

std::vector<ImageFile> list_images(const fs::path& place, const std::string& role) {
  const std::string said = role + " " + place.string() + ": ";
  std::vector<ImageFile> images;
  for (const std::string& path : fs::exists(place) ? std::vector{place.string()} : expanded(place.string())) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found)
      throw InputError(role + " " + path + ": no such folder or archive");
    if (error) throw InputError(role + " " + path + ": " + error.message());
    if (fs::is_directory(status)) {
      for (ImageFile& image : Walk(path, role).images()) images.push_back(std::move(image));
    } else if (is_archive_name(path)) {
      add_archive(images, path, "", role);
    } else {
      throw InputError(role + " " + path + ": not a folder, nor a .zip, .tar or .tar.gz");
    }
  }
  if (images.empty()) throw InputError(said + "no images in it");
  std::sort(images.begin(), images.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  refuse_repeated(images, said);
  return images;
}

std::vector<std::uint8_t> read_image(const ImageFile& image, const std::string& role, std::size_t most) {
  return image.archive ? image.archive->read(image.place, most) : read_bytes(image.path, role, most);
}

std::optional<FileState> state_of(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return std::nullopt;
  const auto ns = [](const timespec& time) {
    return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
  };
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  // FAT's clock ticks every two seconds, others every few milliseconds.
  constexpr std::int64_t kTick = 2'000'000'000;
  const std::int64_t changed = ns(status.st_ctim);
  const bool is_recent = ns(now) - changed < kTick;
  return FileState{static_cast<std::int64_t>(status.st_ino), status.st_size, ns(status.st_mtim),
                   is_recent ? 0 : changed};
}

std::optional<FileState> state_of(const ImageFile& image) {
  return image.archive ? image.archive->state() : state_of(fs::path(image.path));
}

std::vector<const ImageFile*> in_reading_order(std::span<const ImageFile> images) {
  std::vector<const ImageFile*> order;
  order.reserve(images.size());
  for (const ImageFile& image : images) order.push_back(&image);
  std::stable_sort(order.begin(), order.end(), [](const ImageFile* a, const ImageFile* b) {
    if (a->archive == b->archive) return a->archive && a->place < b->place;
    if (!a->archive || !b->archive) return !a->archive;
    return a->archive->path() < b->archive->path();
  });
  return order;
}

}  // namespace tise::data
