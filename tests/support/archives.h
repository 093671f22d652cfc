#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tise::testing {

struct ArchiveEntry {
  std::string name;
  std::string content;
  std::string link_to = {};  ///< not empty: a symbolic link
};

/// Writes a .zip or .tar with these entries in this order. The extension decides the compression.
void write_archive(const std::filesystem::path& path, const std::vector<ArchiveEntry>& entries);

/// Packs the files of a folder, in the order of their names or in reverse.
void pack(const std::filesystem::path& folder, const std::filesystem::path& archive, bool backwards = false);

}  // namespace tise::testing
