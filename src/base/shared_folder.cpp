#include "tise/base/shared_folder.h"

#include <string_view>
#include <vector>

#include "tise/base/names.h"

namespace tise {
namespace {

namespace fs = std::filesystem;

/// Empty in a package built for installation elsewhere.
constexpr std::string_view kSourceTree = TISE_SOURCE_TREE;

std::vector<fs::path> places(const std::string& name) {
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  std::vector<fs::path> places{program.parent_path().parent_path() / "share/tise-eval" / name};
  if (!kSourceTree.empty()) places.push_back(fs::path(kSourceTree) / name);
  return places;
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
  std::vector<std::string> paths;
  for (const fs::path& place : places(name)) paths.push_back(place.string());
  return "not found: " + joined(paths);
}

}  // namespace tise
