#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tise::data {

inline constexpr std::string_view kDigits = "0123456789";

/// The longest name of a file, in bytes.
inline constexpr std::size_t kLongestName = 255;

/// What follows the last `/` of a path; all of a path without one.
std::string_view last_part(std::string_view name);

/// A number's digits without the zeros before them; none of a zero.
std::string_view without_zeros(std::string_view digits);

/// Whether one part of a path is hidden: begins with a dot, or is a folder that systems fill with copies of
/// images (thumbnails, recycle bins).
bool is_hidden(std::string_view part);

/// Whether a hidden file is named as an image. Those that begin with "._" hold what macOS knows of a file.
bool is_hidden_image(std::string_view name);

/// Whether a file that isn't named as an image may be one all the same. Names of texts, rows and archives are
/// not, so that such files are never opened to find out.
bool may_be_an_image(std::string_view name);

/// Whether a file may describe the image next to it: `.txt`, `.json`, `.jsonl`, `.caption`.
bool is_sidecar_name(std::string_view name);

/// A path without the image extension that it ends with.
std::string without_image_extension(const std::string& name);

/// What follows the last dot of a path's last part; empty if there is none.
std::string_view extension_of(std::string_view name);

}  // namespace tise::data
