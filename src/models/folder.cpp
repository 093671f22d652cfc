#include <algorithm>
#include <cstdlib>

#include "tise/base/error.h"
#include "tise/base/paths.h"
#include "tise/base/shared_folder.h"
#include "tise/models/models.h"

namespace tise::models {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWaysOut =
    ": tise-export all (in the source tree: scripts/get_models.sh) fetches and exports the published models; "
    "tise-export clip, inception and maskrcnn (scripts/export_*.py) export your own, whose folder "
    "--models or $TISE_MODELS names; or use the demo models with --models shapes (their numbers mean "
    "nothing on other images)";

/// The environment's value; nothing where it is unset or empty.
std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

bool is_models_folder(const fs::path& path) {
  std::error_code error;
  const PathKind kind = kind_of(path, error);
  if (error) throw ModelError("models folder " + path.string() + ": " + reason_of(error));
  return kind == PathKind::kFolder;
}

fs::path demo_folder() {
  fs::path folder = shared_folder("models/shapes");
  if (!folder.empty()) return folder;
  throw ModelError("demo models: " + shared_places("models/shapes") +
                   ": name the folder models/shapes of the source tree with --models");
}

std::optional<fs::path> default_folder() {
  if (const auto data = environment("XDG_DATA_HOME")) return fs::path(*data) / "tise-eval/models";
  if (const auto home = environment("HOME")) return fs::path(*home) / ".local/share/tise-eval/models";
  return std::nullopt;
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
  throw ModelError("no models folder" + (folder ? " (" + folder->string() + " is not there)" : "") +
                   kWaysOut);
}

std::vector<std::string> archives_in(const fs::path& folder) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  std::vector<std::string> stems;
  try {
    for (const fs::path& entry : entries_of(folder, "models folder")) {
      std::string stem = entry.stem().string();
      const bool is_plain = stem.find_first_not_of(kLetters) == std::string::npos && stem.front() != '.';
      if (entry.extension() == ".pt" && is_plain) stems.push_back(std::move(stem));
    }
  } catch (const InputError& error) {
    throw ModelError(error.what());
  }
  std::ranges::sort(stems);
  return stems;
}

bool holds(const fs::path& folder, const std::string& file) {
  try {
    return exists(folder / file, "models");
  } catch (const InputError& error) {
    throw ModelError(error.what());
  }
}

}  // namespace tise::models
