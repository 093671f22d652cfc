#include "layout.h"

#include <charconv>
#include <cstdio>

#include "tise/base/paths.h"

namespace tise::store {

std::string chunk_name(const std::string& group, std::size_t number) {
  char digits[24];
  std::snprintf(digits, sizeof digits, "-%06zu", number);
  return group + digits + ".safetensors";
}

std::map<std::string, std::map<std::size_t, std::filesystem::path>> chunks_in(
    const std::filesystem::path& folder) {
  std::map<std::string, std::map<std::size_t, std::filesystem::path>> chunks;
  for (std::filesystem::path& path : entries_of(folder, "store")) {
    const std::string name = path.filename().string();
    const std::size_t dash = name.rfind('-');
    if (dash == 0 || dash == std::string::npos) continue;
    std::size_t number = 0;
    std::from_chars(name.data() + dash + 1, name.data() + name.size(), number);
    const std::string group = name.substr(0, dash);
    if (name == chunk_name(group, number)) chunks[group][number] = std::move(path);
  }
  return chunks;
}

std::vector<FileIdentity> files_of(const Chunk& chunk) {
  const auto& names = chunk.texts("names");
  const auto& hashes = chunk.texts("sha256");
  std::vector<FileIdentity> files(chunk.rows);
  for (std::size_t row = 0; row < chunk.rows; ++row) files[row] = {names[row], {}, hashes[row]};
  for (const auto& [name, field] : kStateColumns) {
    const auto numbers = chunk.int64s(name);
    for (std::size_t row = 0; row < chunk.rows; ++row) files[row].state.*field = numbers[row];
  }
  return files;
}

}  // namespace tise::store
