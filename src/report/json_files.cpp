#include "json_files.h"

#include <algorithm>
#include <set>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/report/history.h"

namespace tise::report {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_folder(const fs::path& folder, const std::string& why) {
  throw InputError(concat("folder of reports ", folder.string(), ": ", why));
}

/// The path without links; the path itself if that leads nowhere.
fs::path place_of(const fs::path& path) {
  std::error_code error;
  const fs::path place = fs::canonical(path, error);
  return error ? path : place;
}

/// Whether a folder is another one or lies somewhere above it.
bool holds(const fs::path& folder, const fs::path& other) {
  return std::mismatch(folder.begin(), folder.end(), other.begin(), other.end()).first == folder.end();
}

/// A walk that takes what is there before it follows links, and takes nothing twice.
class JsonWalk {
 public:
  explicit JsonWalk(const fs::path& root) : root_(root), place_(place_of(root)) { take_folder(root); }

  std::vector<fs::path> files() {
    while (!links_.empty()) {
      // Of several links to one place, the first that names a step.
      std::vector<fs::path> links;
      links.swap(links_);
      std::sort(links.begin(), links.end());
      std::stable_partition(links.begin(), links.end(), [&](const fs::path& link) {
        return step_readings(link.lexically_relative(root_).string()).size() == 1;
      });
      for (const fs::path& link : links) follow(link);
    }
    std::sort(files_.begin(), files_.end());
    return std::move(files_);
  }

 private:
  void take_folder(const fs::path& folder) {
    if (!seen_.insert(place_of(folder)).second) return;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
      std::error_code ignored;
      if (entry->is_symlink(ignored)) {
        links_.push_back(entry->path());
      } else if (entry->is_directory(ignored)) {
        take_folder(entry->path());
      } else if (entry->is_regular_file(ignored)) {
        take_file(entry->path());
      }
    }
    if (error) fail_folder(folder, error.message());
  }

  void take_file(const fs::path& file) {
    if (file.extension() == ".json" && seen_.insert(place_of(file)).second) files_.push_back(file);
  }

  void follow(const fs::path& link) {
    std::error_code ignored;
    const fs::path target = place_of(link);
    if (!fs::is_directory(link, ignored)) {
      take_file(link);  // also one that leads nowhere, which can't be read
    } else if (!holds(target, place_)) {
      take_folder(link);
    }
  }

  fs::path root_;
  fs::path place_;
  std::set<fs::path> seen_;  // places of files and folders
  std::vector<fs::path> links_;
  std::vector<fs::path> files_;
};

}  // namespace

std::vector<fs::path> json_files(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    fail_folder(folder, fs::exists(folder, error) ? "is not a folder"
                        : error                   ? error.message()
                                                  : "not there");
  }
  return JsonWalk(folder).files();
}

}  // namespace tise::report
