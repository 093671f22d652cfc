#include "tise/base/shared_folder.h"

#include <array>

namespace tise {
namespace {

namespace fs = std::filesystem;

std::array<fs::path, 2> places(const std::string& name) {
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  return {program.parent_path().parent_path() / "share/tise-eval" / name, fs::path(TISE_SOURCE_TREE) / name};
}

}  // namespace

fs::path shared_folder(const std::string& name) {
  for (const fs::path& place : places(name)) {
    std::error_code ignored;
    if (fs::is_directory(place, ignored)) return place;
  }
  return {};
}

std::string shared_places(const std::string& name) {
  const auto [installed, source] = places(name);
  return "neither " + installed.string() + " nor " + source.string() + " is there";
}

}  // namespace tise
