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

constexpr std::array<std::string_view, 5> kSystemFolders{"__MACOSX", "@eaDir", "#recycle", "@Recycle",
                                                         "$RECYCLE.BIN"};

template <typename Extensions>
bool is_among(std::string_view name, const Extensions& extensions) {
  const std::string_view extension = extension_of(name);
  return std::ranges::any_of(extensions,
                             [&](std::string_view known) { return same_ignoring_case(extension, known); });
}

}  // namespace

std::string_view extension_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || name[dot - 1] == '/') return {};
  const std::string_view extension = name.substr(dot + 1);
  return extension.find('/') == std::string_view::npos ? extension : std::string_view{};
}

bool is_image_name(std::string_view name) { return is_among(name, kExtensions); }

bool is_hidden(std::string_view part) {
  if (part.starts_with('.')) return part != "." && part != "..";
  return std::ranges::find(kSystemFolders, part) != kSystemFolders.end();
}

bool is_hidden_image(std::string_view name) { return is_image_name(name) && !name.starts_with("._"); }

bool may_be_an_image(std::string_view name) { return !is_among(name, kOtherExtensions); }

}  // namespace tise::data
