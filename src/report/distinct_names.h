#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tise::report {

/// What a file may be called, the shortest first: `report`, `report.json`, `step10/report`,
/// `step10/report.json`, … A folder is called by its name.
std::vector<std::string> file_names(const std::filesystem::path& file);

/// Of each of some things the first of its names that tells it from the others, where one does.
std::vector<std::string> distinct_names(const std::vector<std::vector<std::string>>& names);

}  // namespace tise::report
