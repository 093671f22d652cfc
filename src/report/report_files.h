#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tise::report {

/// The `.json` files below a folder in the order of their paths, each once: links are followed, but not to
/// what is below the folder anyway, nor to a folder that it lies in. Throws InputError if a folder can't be
/// read.
std::vector<std::filesystem::path> json_files(const std::filesystem::path& folder);

/// What a file may be called, the shortest first: `report`, `report.json`, `step10/report`,
/// `step10/report.json`, … A folder is called by its name.
std::vector<std::string> file_names(const std::filesystem::path& file);

/// Of each of some things the first of its names that tells it from the others, where one does.
std::vector<std::string> distinct_names(const std::vector<std::vector<std::string>>& names);

}  // namespace tise::report
