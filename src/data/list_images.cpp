#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <fstream>
#include <regex>
#include <string_view>

#include "image_archive.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/base/paths.h"
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
    const fs::path true_path = canonical(folder, role_);
    if (std::find(open_.begin(), open_.end(), true_path) != open_.end()) return;
    open_.push_back(true_path);
    for (const fs::path& path : entries_of(folder, role_)) see(path, prefix + path.filename().string());
    open_.pop_back();
  }

  void see(const fs::path& path, const std::string& name) {
    if (path.filename().string().starts_with('.')) return;
    std::error_code error;
    const PathKind kind = tise::kind_of(path, error);
    if (kind == PathKind::kFolder) return visit(path, name + "/");
    // A link to nothing, or to itself, is an image that will fail to open: better than one that is silently
    // not there.
    const bool is_loop = error == std::errc::too_many_symbolic_link_levels;
    if (error && !is_loop) fail(path.string() + ": " + reason_of(error));
    if (kind == PathKind::kOther && !is_loop) return;
    if (is_archive_name(name)) archives_.push_back({name, path.string()});
    const bool renamed = is_renamed_image(path);
    if (!is_image_name(name) && !renamed) return;
    if (first_invalid_utf8(name)) fail("the file name " + excerpt(name, 80) + " is not UTF-8");
    found_.push_back({name, path.string()});
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

void refuse_repeated(const std::vector<ImageFile>& images, const std::string& place) {
  const auto same = [](const auto& a, const auto& b) { return a.name == b.name; };
  const auto found = std::adjacent_find(images.begin(), images.end(), same);
  if (found == images.end()) return;
  throw InputError(place + found->name + " is there twice: " + found->path + " and " + (found + 1)->path);
}

}  // namespace

bool is_renamed_image(const fs::path& path) { return !path.has_extension() && starts_like_an_image(path); }

bool is_image_name(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || name[dot - 1] == '/') return false;
  std::string extension(name.substr(dot + 1));
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

std::vector<std::string> shards_of(const std::string& place) {
  static const std::regex kBraces(R"(\{(\d{1,9})\.\.(\d{1,9})\})");
  std::smatch match;
  if (!std::regex_search(place, match, kBraces)) return {place};
  constexpr unsigned long kMostParts = 1'000'000;
  if (std::stoul(match[2]) - std::stoul(match[1]) >= kMostParts) return {place};  // and if it goes backwards
  std::vector<std::string> all;
  const auto width = static_cast<std::size_t>(match[1].length());
  for (std::uint32_t i = std::stoul(match[1]); i <= std::stoul(match[2]); ++i) {
    std::string number = std::to_string(i);
    number.insert(0, width - std::min(width, number.size()), '0');
    for (std::string& rest : shards_of(match.suffix())) all.push_back(match.prefix().str() + number + rest);
  }
  return all;
}

std::vector<ImageFile> list_images(const fs::path& place, const std::string& role) {
  const std::string said = role + " " + place.string() + ": ";
  std::vector<ImageFile> images;
  for (const std::string& path :
       exists(place, role) ? std::vector{place.string()} : shards_of(place.string())) {
    const PathKind kind = tise::kind_of(path, role);
    if (kind == PathKind::kMissing) throw InputError(role + " " + path + ": no such folder or archive");
    if (kind == PathKind::kFolder) {
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

std::optional<FileState> state_of(const ImageFile& image) {
  struct stat status {};
  const fs::path path = image.archive ? image.archive->path() : fs::path(image.path);
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  const auto modified =
      static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
  if (image.archive) return FileState{modified + status.st_size, std::nullopt};
  return FileState{modified, status.st_size};
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
