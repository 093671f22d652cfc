#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tise::data {

inline constexpr std::string_view kDigits = "0123456789";

/// The maximum length of a file name, in bytes.
inline constexpr std::size_t kLongestName = 255;

/// The part of a path after the last `/`; the whole path if it has none.
std::string_view last_part(std::string_view name);

/// A number's digits without leading zeros; empty for zero.
std::string_view without_zeros(std::string_view digits);

/// Whether one part of a path is hidden: it starts with a dot, or is a folder in which systems keep copies
/// of images (thumbnails, recycle bins).
bool is_hidden(std::string_view part);

/// Whether a hidden file has an image extension. False for names that start with "._", which hold macOS's
/// metadata of a file.
bool is_hidden_image(std::string_view name);

/// Whether a file without an image extension may still be an image. False for the extensions of texts,
/// arrays and archives, so that such files are never opened to find out.
bool may_be_an_image(std::string_view name);

/// Whether a file may describe the image next to it: `.txt`, `.json`, `.jsonl`, `.caption`.
bool is_sidecar_name(std::string_view name);

/// A path without its image extension; unchanged if it has none.
std::string without_image_extension(const std::string& name);

/// The extension of a path, without the dot; empty for a path without one.
std::string_view extension_of(std::string_view name);

}  // namespace tise::data
