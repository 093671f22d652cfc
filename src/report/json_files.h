#pragma once

#include <filesystem>
#include <vector>

namespace tise::report {

/// The `.json` files below a folder in the order of their paths, each once: links are followed, but not to
/// what is below the folder anyway, nor to a folder that it lies in. Throws InputError if a folder can't be
/// read.
std::vector<std::filesystem::path> json_files(const std::filesystem::path& folder);

}  // namespace tise::report
