#include "distinct_names.h"

#include <cstddef>
#include <map>

#include "tise/base/paths.h"

namespace tise::report {

namespace fs = std::filesystem;

std::vector<std::string> file_names(const fs::path& file) {
  fs::path whole = from_root(file).lexically_normal();
  if (!whole.has_filename()) whole = whole.parent_path();
  const std::string name = whole.filename().string();
  std::error_code ignored;
  const bool is_a_folder = kind_of(whole, ignored) == PathKind::kFolder;
  const std::string stem = is_a_folder ? name : whole.stem().string();
  std::vector<std::string> names{stem};
  if (name != stem) names.push_back(name);
  std::string folders;
  for (fs::path folder = whole.parent_path(); folder.has_filename(); folder = folder.parent_path()) {
    folders = folder.filename().string() + "/" + folders;
    names.push_back(folders + stem);
    if (name != stem) names.push_back(folders + name);
  }
  return names;
}

std::vector<std::string> distinct_names(const std::vector<std::vector<std::string>>& names) {
  std::vector<std::size_t> length(names.size(), 0);
  std::vector<std::string> chosen(names.size());
  for (bool changed = true; changed;) {
    changed = false;
    std::map<std::string, std::vector<std::size_t>> by_name;
    for (std::size_t i = 0; i < names.size(); ++i) {
      chosen[i] = names[i][length[i]];
      by_name[chosen[i]].push_back(i);
    }
    for (const auto& [name, alike] : by_name) {
      for (const std::size_t i : alike) {
        if (alike.size() == 1 || length[i] + 1 == names[i].size()) continue;
        ++length[i];
        changed = true;
      }
    }
  }
  return chosen;
}

}  // namespace tise::report
