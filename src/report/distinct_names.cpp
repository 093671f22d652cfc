#include "distinct_names.h"

#include <cstddef>
#include <map>

#include "tise/base/paths.h"

namespace tise::report {

namespace fs = std::filesystem;

std::vector<std::string> file_names(const fs::path& file) {
  fs::path whole = from_root(file).lexically_normal();
  if (!whole.has_filename()) whole = whole.parent_path();
  std::vector<std::string> names{whole.stem().string()};
  for (fs::path folder = whole.parent_path(); folder.has_filename(); folder = folder.parent_path()) {
    names.push_back(folder.filename().string() + "/" + names.back());
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
