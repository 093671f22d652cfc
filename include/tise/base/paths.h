#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

/// The file system, asked so that no answer is a surprise. What the system refuses (a folder that may not be
/// entered, a name that is too long, links in a circle) throws InputError `<role> <path>: <its reason>`.
/// Outside this room only these functions and those of base/files.h touch the file system, since each call
/// of std::filesystem's has a form that throws an exception of its own; scripts/check.sh sees to it.
namespace tise {

enum class PathKind { kMissing, kFolder, kFile, kOther };

/// What a path leads to, through links. A link that leads nowhere is missing.
PathKind kind_of(const std::filesystem::path& path, std::string_view role);
/// The same without an exception: kOther and the system's error.
PathKind kind_of(const std::filesystem::path& path, std::error_code& error);

bool exists(const std::filesystem::path& path, std::string_view role);
bool is_folder(const std::filesystem::path& path, std::string_view role);
bool is_file(const std::filesystem::path& path, std::string_view role);

/// The system's reason in words: `no such file`, `Permission denied`.
std::string reason_of(const std::error_code& error);

/// What a folder has, in bytewise order of the names.
std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder, std::string_view role);

/// All files in a folder and those below it that can be listed, in order; links to folders aren't followed.
std::vector<std::filesystem::path> readable_files_below(const std::filesystem::path& folder);

/// Makes a folder and those above it where they are missing.
void make_folders(const std::filesystem::path& path, std::string_view role);

/// Gives a file another name in the same folder.
void rename_file(const std::filesystem::path& path, const std::filesystem::path& to, std::string_view role);

void remove_file(const std::filesystem::path& path, std::string_view role);
/// Removes a folder and what is in it, as far as that goes: for cleaning up.
void remove_folder(const std::filesystem::path& path) noexcept;

/// From the root; the path as it is if the current folder is gone.
std::filesystem::path from_root(const std::filesystem::path& path);

/// A file's size in bytes; nothing if it can't be found out.
std::optional<std::uintmax_t> size_of(const std::filesystem::path& path);

bool is_link(const std::filesystem::path& path);

/// The path without links; the path as it is if that leads nowhere.
std::filesystem::path true_path(const std::filesystem::path& path);

/// The true path of something that exists.
std::filesystem::path canonical(const std::filesystem::path& path, std::string_view role);

/// Where a file is written whose path may be a link, also one that leads to nothing yet.
std::filesystem::path link_target(const std::filesystem::path& path, std::string_view role);

/// Tells a file from all others, whatever its spelling, and also one that doesn't exist yet. Nothing for a
/// pipe or a device, and where the system doesn't let it be found out. `-` is standard output.
std::optional<std::string> identity_of(const std::filesystem::path& path);

/// Whether something lies in a folder or below it, whatever the spellings.
bool lies_in(const std::filesystem::path& path, const std::filesystem::path& folder);

/// Makes an empty folder in $TMPDIR, or in /tmp if that is unset or empty. Throws InputError.
std::filesystem::path make_temporary_folder();

/// A folder of the user's, such as $XDG_CACHE_HOME if that is an absolute path, else `.cache` in $HOME;
/// nothing if neither is set.
std::optional<std::filesystem::path> user_folder(const char* variable, const char* in_home);

}  // namespace tise
