#include "standard_input.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/base/npy.h"
#include "tise/base/paths.h"
#include "tise/data/images.h"

namespace tise::run {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRole = "images";
constexpr std::string_view kZip = "PK\x03\x04";

/// The file name extension that fits the content: an archive's or an array's.
std::string ending_of(const fs::path& file) {
  std::array<char, kZip.size()> head{};
  if (!RandomAccessFile(file, kRole).read(0, head) || std::string_view(head.data(), head.size()) != kZip)
    return ".tar";
  const std::vector<std::string> arrays = arrays_in(file, kRole);
  return std::ranges::find(arrays, data::kImageArray) != arrays.end() ? ".npz" : ".zip";
}

}  // namespace

ImagesPlace::ImagesPlace(const fs::path& given, Listener& listener) : path_(given) {
  if (given != kStandardStream) return;
  if (is_input_a_terminal()) throw UsageError("--images -: standard input is a terminal; pipe a tar into it");
  folder_ = std::make_unique<const StoreFolder>(std::nullopt, listener);
  const fs::path spooled = folder_->path() / "standard input";
  listener.info("reading images from standard input");
  const std::uint64_t bytes = copy_standard_input(spooled, kRole, [&] {
    if (listener.stop().stop_requested()) throw Interrupted();
  });
  if (bytes == 0) throw InputError("images (standard input): it is empty; pipe a tar into it");
  path_ = spooled;
  path_ += ending_of(spooled);
  rename_file(spooled, path_, kRole);
}

std::string ImagesPlace::shown() const { return folder_ ? "(standard input)" : path_.string(); }

fs::path ImagesPlace::path_of(const fs::path& given) const {
  return folder_ != nullptr && given == kStandardStream ? path_ : given;
}

}  // namespace tise::run
