#pragma once

#include <filesystem>
#include <string>

namespace tise {

/// A folder that comes with the program, such as `models/shapes`: in ../share/tise-eval relative to the
/// program, else in the source tree that it was built from. Returns an empty path if it is in neither.
std::filesystem::path shared_folder(const std::string& name);

/// For messages: `not found: ` and the paths that `shared_folder` looks for.
std::string shared_places(const std::string& name);

}  // namespace tise
