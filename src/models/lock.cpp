#include <algorithm>
#include <sstream>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/models/models.h"

namespace tise::models {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHashDigits = 64;

bool is_hash(const std::string& text) {
  return text.size() == kHashDigits && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::string text_of_lock(const fs::path& path) {
  try {
    return read_text(path, "models");
  } catch (const InputError& error) {
    throw ModelError(error.what());
  }
}

}  // namespace

std::optional<Hashes> read_lock(const fs::path& folder) {
  const fs::path path = folder / kLockFile;
  if (!holds(folder, kLockFile)) return std::nullopt;
  Hashes hashes;
  std::istringstream lines(text_of_lock(path));
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::string hash;
    std::string name;
    std::istringstream words(line);
    if (!(words >> hash)) continue;  // empty
    words >> name;
    if (name.starts_with('*')) name.erase(0, 1);  // sha256sum --binary
    if (!is_hash(hash) || name.empty() || name.find('/') != std::string::npos) {
      throw ModelError(concat("models ", path.string(), ": line ", number,
                              " is no SHA-256 with the name of a file beside it, as sha256sum writes them"));
    }
    hashes[name] = hash;
  }
  return hashes;
}

void write_lock(const fs::path& folder, const Hashes& hashes) {
  std::string text;
  for (const auto& [name, hash] : hashes) text += hash + "  " + name + "\n";
  write_atomically(folder / kLockFile, "models", text);
}

}  // namespace tise::models
