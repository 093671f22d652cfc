#include "report_files.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/paths.h"
#include "tise/report/history.h"

namespace tise::report {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFolderRole = "folder of reports";

/// Whether a folder is `other` or contains it at any depth.
bool holds(const fs::path& folder, const fs::path& other) {
  return std::mismatch(folder.begin(), folder.end(), other.begin(), other.end()).first == folder.end();
}

/// Walks a folder. Takes real files first, then follows links, and takes nothing twice.
class JsonWalk {
 public:
  explicit JsonWalk(const fs::path& root) : root_(root), place_(true_path(root)) { take_folder(root); }

  std::vector<fs::path> files() {
    while (!links_.empty()) {
      // Of several links to one place, prefer the first that names a step.
      std::vector<fs::path> links;
      links.swap(links_);
      std::ranges::sort(links);
      std::stable_partition(links.begin(), links.end(), [&](const fs::path& link) {
        return step_readings(link.lexically_relative(root_).string()).size() == 1;
      });
      for (const fs::path& link : links) follow(link);
    }
    std::ranges::sort(files_);
    return std::move(files_);
  }

 private:
  void take_folder(const fs::path& folder) {
    if (!seen_.insert(true_path(folder)).second) return;
    for (const fs::path& path : entries_of(folder, kFolderRole)) {
      std::error_code ignored;
      if (is_link(path)) {
        links_.push_back(path);
      } else if (const PathKind kind = kind_of(path, ignored); kind == PathKind::kFolder) {
        take_folder(path);
      } else if (kind == PathKind::kFile) {
        take_file(path);
      }
    }
  }

  void take_file(const fs::path& file) {
    if (file.extension() == ".json" && seen_.insert(true_path(file)).second) files_.push_back(file);
  }

  void follow(const fs::path& link) {
    std::error_code ignored;
    const fs::path target = true_path(link);
    if (kind_of(link, ignored) != PathKind::kFolder) {
      take_file(link);  // also a dangling link, which is later reported as unreadable
    } else if (!holds(target, place_)) {
      take_folder(link);
    }
  }

  fs::path root_;
  fs::path place_;
  std::set<fs::path> seen_;  // true paths of files and folders
  std::vector<fs::path> links_;
  std::vector<fs::path> files_;
};

}  // namespace

std::vector<fs::path> json_files(const fs::path& folder) {
  const PathKind kind = kind_of(folder, kFolderRole);
  if (kind != PathKind::kFolder) {
    throw InputError(concat(kFolderRole, " ", folder.string(), ": ",
                            kind == PathKind::kMissing ? "no such folder" : "is not a folder"));
  }
  return JsonWalk(folder).files();
}

std::vector<std::string> file_names(const fs::path& file) {
  fs::path whole = from_root(file).lexically_normal();
  if (!whole.has_filename()) whole = whole.parent_path();
  const std::string name = whole.filename().string();
  std::error_code ignored;
  const bool is_a_folder = kind_of(whole, ignored) == PathKind::kFolder;
  const std::string stem = is_a_folder ? name : whole.stem().string();
  std::vector<std::string> names;
  std::string folders;
  for (fs::path folder = whole.parent_path();; folder = folder.parent_path()) {
    names.push_back(folders + stem);
    if (name != stem) names.push_back(folders + name);
    if (!folder.has_filename()) return names;
    folders = folder.filename().string() + "/" + folders;
  }
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
