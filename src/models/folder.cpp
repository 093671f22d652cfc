#include <algorithm>
#include <sstream>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/base/names.h"
#include "tise/base/paths.h"
#include "tise/base/shared_folder.h"
#include "tise/models/models.h"
#include "torch_error.h"

namespace tise::models {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWaysOut =
    "; make the published models with tise-export all (in the source tree: scripts/get_models.sh), pass "
    "another folder with --models or $TISE_MODELS, or use the demo models with --models shapes (their "
    "numbers mean nothing on other images)";

bool is_models_folder(const fs::path& path) {
  return as_model_error([&] { return is_folder(path, "models folder"); });
}

fs::path demo_folder() {
  fs::path folder = shared_folder("models/shapes");
  if (!folder.empty()) return folder;
  throw ModelError("demo models: " + shared_places("models/shapes") +
                   "; pass the folder models/shapes of the source tree with --models");
}

std::optional<fs::path> default_folder() {
  const auto data = user_folder("XDG_DATA_HOME", ".local/share");
  return data ? std::optional(*data / "tise-eval/models") : std::nullopt;
}

}  // namespace

fs::path find_models_folder(const std::optional<std::string>& option) {
  if (option == "shapes") return demo_folder();
  if (option) {
    if (is_models_folder(*option)) return *option;
    throw ModelError("models folder " + *option + ": no such folder" + kWaysOut);
  }
  const std::optional<fs::path> folder = default_folder();
  if (folder && is_models_folder(*folder)) return *folder;
  throw ModelError("no models folder" + (folder ? " (" + folder->string() + " does not exist)" : "") +
                   kWaysOut);
}

std::vector<std::string> stems_in(const fs::path& folder) {
  std::vector<std::string> stems;
  for (const fs::path& entry : as_model_error([&] { return entries_of(folder, "models folder"); })) {
    std::string stem = entry.stem().string();
    if (entry.extension() == ".pt" && is_stem(stem) && stem.front() != '.') stems.push_back(std::move(stem));
  }
  std::ranges::sort(stems);
  return stems;
}

bool holds(const fs::path& folder, const std::string& file) {
  return as_model_error([&] { return exists(folder / file, "models"); });
}

std::optional<Hashes> read_lock(const fs::path& folder) {
  const fs::path path = folder / kLockFile;
  if (!holds(folder, kLockFile)) return std::nullopt;
  Hashes hashes;
  std::istringstream lines(as_model_error([&] { return read_text(path, "models"); }));
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::string hash;
    std::string name;
    std::istringstream words(line);
    if (!(words >> hash)) continue;  // an empty line
    words >> name;
    if (name.starts_with('*')) name.erase(0, 1);  // as sha256sum --binary writes it
    if (!is_sha256_hex(hash) || name.empty() || name.find('/') != std::string::npos) {
      throw ModelError(concat("models ", path.string(), ": line ", number,
                              ": expected \"SHA256  FILE\", as written by sha256sum"));
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
