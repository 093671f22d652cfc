#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

/// Access to the file system with predictable errors. Whatever the system refuses (a folder without
/// permission, a name that is too long, links in a circle) throws InputError
/// `<role> <path>: <the system's reason>`. Outside base, only these functions and those of base/files.h use
/// the file system, because std::filesystem's functions have overloads that throw exceptions of their own;
/// scripts/check.sh enforces this.
namespace tise {

enum class PathKind { kMissing, kFolder, kFile, kOther };

/// What a path leads to, following links. A link that leads nowhere counts as missing.
PathKind kind_of(const std::filesystem::path& path, std::string_view role);
/// The same without an exception: on failure sets `error` and returns kOther.
PathKind kind_of(const std::filesystem::path& path, std::error_code& error);

bool exists(const std::filesystem::path& path, std::string_view role);
bool is_folder(const std::filesystem::path& path, std::string_view role);
bool is_file(const std::filesystem::path& path, std::string_view role);

/// The system's reason in words: `no such file`, `Permission denied`.
std::string reason_of(const std::error_code& error);

/// The entries of a folder, in bytewise order of their names.
std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder, std::string_view role);

/// All files in a folder and its subfolders, sorted. Skips folders that can't be listed and doesn't follow
/// links to folders.
std::vector<std::filesystem::path> readable_files_below(const std::filesystem::path& folder);

/// Creates a folder and its parents if they are missing.
void make_folders(const std::filesystem::path& path, std::string_view role);

/// Renames a file within its folder.
void rename_file(const std::filesystem::path& path, const std::filesystem::path& to, std::string_view role);

void remove_file(const std::filesystem::path& path, std::string_view role);
/// Removes a folder and its contents, ignoring errors; for cleaning up.
void remove_folder(const std::filesystem::path& path) noexcept;

/// The absolute path; the path unchanged if the current folder no longer exists.
std::filesystem::path from_root(const std::filesystem::path& path);

/// A file's size in bytes; nullopt if it is unknown.
std::optional<std::uintmax_t> size_of(const std::filesystem::path& path);

bool is_link(const std::filesystem::path& path);

/// The path with all links resolved; unchanged if it leads nowhere.
std::filesystem::path true_path(const std::filesystem::path& path);

/// The path with all links resolved. Throws InputError if it does not exist.
std::filesystem::path canonical(const std::filesystem::path& path, std::string_view role);

/// The path that a write to `path` ends up at. Follows links, also a link to a file that does not exist yet.
std::filesystem::path link_target(const std::filesystem::path& path, std::string_view role);

/// Identifies a file regardless of how its path is spelled, even if the file does not exist yet. `-` is
/// standard output. Returns nullopt for a pipe or a device, and if the system refuses the path.
std::optional<std::string> identity_of(const std::filesystem::path& path);

/// Whether a path lies in a folder or below it, regardless of how both are spelled.
bool lies_in(const std::filesystem::path& path, const std::filesystem::path& folder);

/// Creates an empty folder in $TMPDIR, or in /tmp if that is unset or empty. Throws InputError.
std::filesystem::path make_temporary_folder();

/// A folder of the user's: the value of `variable`, such as XDG_CACHE_HOME, if that is an absolute path,
/// else `in_home`, such as `.cache`, in $HOME. Returns nullopt if neither is set.
std::optional<std::filesystem::path> user_folder(const char* variable, const char* in_home);

}  // namespace tise
