#pragma once

#include <string_view>

namespace tise::data {

/// Whether one part of a path is hidden: begins with a dot, or is a folder that systems fill with copies of
/// images (thumbnails, recycle bins).
bool is_hidden(std::string_view part);

/// Whether a hidden file is named as an image. Those that begin with "._" hold what macOS knows of a file.
bool is_hidden_image(std::string_view name);

/// Whether a file that isn't named as an image may be one all the same. Names of texts, rows and archives are
/// not, so that such files are never opened to find out.
bool may_be_an_image(std::string_view name);

/// What follows the last dot of a path's last part; empty if there is none.
std::string_view extension_of(std::string_view name);

}  // namespace tise::data
