#include "image_names.h"

#include <algorithm>
#include <array>

#include "tise/base/names.h"
#include "tise/data/images.h"

namespace tise::data {
namespace {

constexpr std::array<std::string_view, 22> kExtensions{
    "png", "jpg", "jpeg", "jpe", "jfif", "webp", "bmp", "dib", "tif",  "tiff", "gif",
    "ppm", "pgm", "pbm",  "pnm", "pfm",  "jp2",  "j2k", "exr", "avif", "heic", "jxl"};

constexpr std::array<std::string_view, 33> kOtherExtensions{
    "txt", "json", "jsonl", "csv", "tsv", "md",  "html", "xml", "yaml", "yml",     "toml",
    "log", "py",   "sh",    "cls", "npy", "npz", "pkl",  "pt",  "pth",  "ckpt",    "safetensors",
    "zip", "tar",  "gz",    "tgz", "bz2", "xz",  "zst",  "7z",  "h5",   "parquet", "tfrecord"};

constexpr std::array<std::string_view, 4> kSidecarExtensions{"txt", "json", "jsonl", "caption"};

constexpr std::array<std::string_view, 5> kSystemFolders{"__MACOSX", "@eaDir", "#recycle", "@Recycle",
                                                         "$RECYCLE.BIN"};

template <typename Extensions>
bool is_among(std::string_view name, const Extensions& extensions) {
  return has_ignoring_case(extensions, extension_of(name));
}

}  // namespace

std::string_view extension_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || name[dot - 1] == '/') return {};
  const std::string_view extension = name.substr(dot + 1);
  return extension.find('/') == std::string_view::npos ? extension : std::string_view{};
}

bool is_image_name(std::string_view name) { return is_among(name, kExtensions); }

bool is_array_name(std::string_view name) { return same_ignoring_case(extension_of(name), "npz"); }

bool is_sidecar_name(std::string_view name) { return is_among(name, kSidecarExtensions); }

std::string_view last_part(std::string_view name) { return name.substr(name.rfind('/') + 1); }

std::string_view without_zeros(std::string_view digits) {
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
}

std::string without_image_extension(const std::string& name) {
  return is_image_name(name) ? name.substr(0, name.rfind('.')) : name;
}

bool comes_before(std::string_view a, std::string_view b) {
  const auto number = [](std::string_view& text) {
    const std::size_t digits = std::min(text.find_first_not_of(kDigits), text.size());
    const std::string_view value = text.substr(0, digits);
    text.remove_prefix(digits);
    return without_zeros(value);
  };
  const std::string_view whole_a = a;
  const std::string_view whole_b = b;
  const auto is_digit = [](std::string_view text) { return text.front() >= '0' && text.front() <= '9'; };
  while (!a.empty() && !b.empty()) {
    if (is_digit(a) && is_digit(b)) {
      const std::string_view x = number(a);
      const std::string_view y = number(b);
      if (x.size() != y.size()) return x.size() < y.size();
      if (x != y) return x < y;
      continue;
    }
    if (a.front() != b.front()) {
      return static_cast<unsigned char>(a.front()) < static_cast<unsigned char>(b.front());
    }
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  if (a.empty() != b.empty()) return a.empty();
  return whole_a < whole_b;
}

bool is_hidden(std::string_view part) {
  if (part.starts_with('.')) return part != "." && part != "..";
  return std::ranges::find(kSystemFolders, part) != kSystemFolders.end();
}

bool is_hidden_image(std::string_view name) { return is_image_name(name) && !name.starts_with("._"); }

bool may_be_an_image(std::string_view name) { return !is_among(name, kOtherExtensions); }

}  // namespace tise::data
