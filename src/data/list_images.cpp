#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <fstream>
#include <string_view>

#include "tise/base/error.h"
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

/// Walks a folder and what its links lead to. The folders on the way down are remembered by their true paths,
/// so that a link to one of them is not followed again.
class Walk {
 public:
  Walk(const fs::path& folder, const std::string& role) : folder_(folder), role_(role) {}

  std::vector<ImageFile> images() {
    visit(folder_, "");
    std::sort(found_.begin(), found_.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
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
};

}  // namespace

bool is_image_name(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || name[dot - 1] == '/') return false;
  std::string extension(name.substr(dot + 1));
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

std::vector<ImageFile> list_images(const fs::path& folder, const std::string& role) {
  const std::string place = role + " " + folder.string() + ": ";
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (status.type() == fs::file_type::not_found) throw InputError(place + "no such folder");
  if (error) throw InputError(place + error.message());
  if (!fs::is_directory(status)) throw InputError(place + "not a folder");
  std::vector<ImageFile> images = Walk(folder, role).images();
  if (images.empty()) throw InputError(place + "no images below this folder");
  return images;
}

}  // namespace tise::data
