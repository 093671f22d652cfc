#include "tise/base/paths.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/files.h"

namespace tise {
namespace {

namespace fs = std::filesystem;

/// The same limit as Linux's.
constexpr int kMostLinks = 40;

[[noreturn]] void refuse(std::string_view role, const fs::path& path, const std::error_code& error) {
  throw InputError(concat(role, " ", path.string(), ": ", reason_of(error)));
}

bool is_missing(const std::error_code& error) {
  return error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
}

/// The path without links, `.` and `..` in its folders; the file itself need not exist.
fs::path true_path(const fs::path& path, std::error_code& error) {
  return fs::weakly_canonical(path, error).lexically_normal();
}

}  // namespace

PathKind kind_of(const fs::path& path, std::error_code& error) {
  const fs::file_status status = fs::status(path, error);
  if (error && is_missing(error)) error.clear();
  switch (status.type()) {
    case fs::file_type::not_found:
      return PathKind::kMissing;
    case fs::file_type::directory:
      return PathKind::kFolder;
    case fs::file_type::regular:
      return PathKind::kFile;
    default:
      return PathKind::kOther;
  }
}

PathKind kind_of(const fs::path& path, std::string_view role) {
  std::error_code error;
  const PathKind kind = kind_of(path, error);
  if (error) refuse(role, path, error);
  return kind;
}

bool exists(const fs::path& path, std::string_view role) { return kind_of(path, role) != PathKind::kMissing; }
bool is_folder(const fs::path& path, std::string_view role) {
  return kind_of(path, role) == PathKind::kFolder;
}
bool is_file(const fs::path& path, std::string_view role) { return kind_of(path, role) == PathKind::kFile; }

std::string reason_of(const std::error_code& error) {
  return error == std::errc::no_such_file_or_directory ? "no such file" : error.message();
}

std::vector<fs::path> entries_of(const fs::path& folder, std::string_view role) {
  std::vector<fs::path> paths;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) paths.push_back(entry->path());
  if (error) refuse(role, folder, error);
  std::ranges::sort(paths);
  return paths;
}

std::vector<fs::path> readable_files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    if (!entry->is_directory(ignored)) files.push_back(entry->path());
  }
  std::ranges::sort(files);
  return files;
}

bool is_link(const fs::path& path) {
  std::error_code ignored;
  return fs::is_symlink(path, ignored);
}

fs::path true_path(const fs::path& path) {
  std::error_code error;
  fs::path found = fs::canonical(path, error);
  return error ? path : found;
}

void make_folders(const fs::path& path, std::string_view role) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) refuse(role, path, error);
}

void rename_file(const fs::path& path, const fs::path& to, std::string_view role) {
  std::error_code error;
  fs::rename(path, to, error);
  if (error) refuse(role, path, error);
}

void remove_file(const fs::path& path, std::string_view role) {
  std::error_code error;
  fs::remove(path, error);
  if (error) refuse(role, path, error);
}

void remove_folder(const fs::path& path) noexcept {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

fs::path from_root(const fs::path& path) {
  std::error_code error;
  fs::path result = fs::absolute(path, error);
  return error ? path : result;
}

std::optional<std::uintmax_t> size_of(const fs::path& path) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  return error ? std::nullopt : std::optional(size);
}

fs::path canonical(const fs::path& path, std::string_view role) {
  std::error_code error;
  fs::path result = fs::canonical(path, error);
  if (error) refuse(role, path, error);
  return result;
}

fs::path link_target(const fs::path& path, std::string_view role) {
  fs::path target = path;
  std::error_code error;
  for (int links = 0; fs::is_symlink(fs::symlink_status(target, error)); ++links) {
    if (links == kMostLinks)
      refuse(role, path, std::make_error_code(std::errc::too_many_symbolic_link_levels));
    const fs::path next = fs::read_symlink(target, error);
    if (error) refuse(role, path, error);
    target = target.parent_path() / next;
  }
  if (error && !is_missing(error)) refuse(role, path, error);
  return target;
}

std::optional<std::string> identity_of(const fs::path& path) {
  if (path != kStandardStream && is_pipe_or_device(path)) return std::nullopt;
  struct stat status {};
  const bool is_there =
      path == kStandardStream ? ::fstat(STDOUT_FILENO, &status) == 0 : ::stat(path.c_str(), &status) == 0;
  if (is_there) {
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) return std::nullopt;
    return concat("file ", status.st_dev, ":", status.st_ino);
  }
  if (path == kStandardStream || (errno != ENOENT && errno != ENOTDIR)) return std::nullopt;
  try {
    std::error_code error;
    const fs::path target = true_path(link_target(path, ""), error);
    return error ? std::nullopt : std::optional("path " + target.string());
  } catch (const InputError&) {  // reported when the file is read or written
    return std::nullopt;
  }
}

bool lies_in(const fs::path& path, const fs::path& folder) {
  std::error_code error;
  const fs::path outer = fs::canonical(folder, error);
  if (error) return false;
  const fs::path inner = true_path(path, error);
  if (error) return false;
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

fs::path make_temporary_folder() {
  const char* named = std::getenv("TMPDIR");
  const bool is_named = named != nullptr && *named != '\0';
  const fs::path parent = is_named ? named : "/tmp";
  std::string pattern = (parent / "tise-eval-XXXXXX").string();
  if (::mkdtemp(pattern.data()) != nullptr) return pattern;
  const std::error_code error(errno, std::generic_category());
  throw InputError(concat("temporary folder ", parent.string(), is_named ? " (TMPDIR)" : "", ": ",
                          is_missing(error) ? "no such folder" : reason_of(error),
                          "; set TMPDIR to a writable folder, or pass --store DIR"));
}

std::optional<fs::path> user_folder(const char* variable, const char* in_home) {
  const auto value_of = [](const char* name) -> std::string_view {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  // The specification of these variables requires relative paths to be ignored.
  if (const fs::path folder = value_of(variable); folder.is_absolute()) return folder;
  if (const auto home = value_of("HOME"); !home.empty()) return fs::path(home) / in_home;
  return std::nullopt;
}

}  // namespace tise
