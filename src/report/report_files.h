#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tise::report {

/// The `.json` files below a folder, sorted by path, each once. Links are followed, except to something that
/// is below the folder anyway or to a folder that contains it. Throws InputError if a folder can't be read.
std::vector<std::filesystem::path> json_files(const std::filesystem::path& folder);

/// Possible names for a file, shortest first: `report`, `report.json`, `step10/report`, `step10/report.json`,
/// … A folder keeps its whole name.
std::vector<std::string> file_names(const std::filesystem::path& file);

/// Picks for each thing the first of its names that no other thing gets, or else its last name.
std::vector<std::string> distinct_names(const std::vector<std::vector<std::string>>& names);

}  // namespace tise::report
