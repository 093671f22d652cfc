#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace tise::data {

/// A text file given by the user: its role, its path and its content.
struct Source {
  std::string role;  ///< `captions` or `references`
  std::filesystem::path path;
  std::string text;    ///< valid UTF-8, without a byte order mark
  std::string sha256;  ///< of the file as it is on disk
};

/// Reads a text file in UTF-8, or in UTF-16 with a byte order mark. Throws InputError if it can't be read,
/// is empty or is neither.
Source read_source(const std::filesystem::path& path, std::string_view role);

/// The same for bytes already read, which may be empty.
Source source_of(const std::filesystem::path& path, std::string_view role, std::string bytes);

/// Removes the first line from a text and returns it without its line ending (LF or CRLF).
std::string_view take_line(std::string_view& text);

/// Throws InputError `<role> <path>: <why>`, or `<role> <path>: <where>: <why>` unless `where` is empty.
[[noreturn]] void fail(const Source& source, const std::string& why);
[[noreturn]] void fail(const Source& source, const std::string& where, const std::string& why);

}  // namespace tise::data
