#pragma once

#include <filesystem>
#include <string>

namespace tise {

/// What comes along with the program, such as `models/shapes`: beside it where it was installed
/// (../share/tise-eval), else in the source tree that it was built from. An empty path where it is in
/// neither.
std::filesystem::path shared_folder(const std::string& name);

/// Where `shared_folder` looks, for messages.
std::string shared_places(const std::string& name);

}  // namespace tise
