#include <array>
#include <cstdlib>

#include "tise/base/error.h"
#include "tise/models/models.h"

namespace tise::models {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWaysOut =
    ": scripts/get_models.sh fetches and exports the published models (scripts/export_clip.py, "
    "export_inception.py and export_maskrcnn.py export your own; --models names their folder); or use the "
    "demo models with --models shapes (their numbers mean nothing on other images)";

/// The environment's value; nothing where it is unset or empty.
std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

fs::path demo_folder() {
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  const std::array<fs::path, 2> places = {
      program.parent_path().parent_path() / "share/tise-eval/models/shapes",  // installed
      TISE_MODELS_SHAPES,                                                     // built from source
  };
  for (const fs::path& place : places) {
    if (is_folder(place)) return place;
  }
  throw ModelError("demo models: neither " + places[0].string() + " nor " + places[1].string() +
                   " is there: name the folder models/shapes of the source tree with --models");
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
    if (is_folder(*option)) return *option;
    throw ModelError("models folder " + *option + ": no such folder" + kWaysOut);
  }
  if (const auto named = environment("TISE_MODELS")) {
    if (is_folder(*named)) return *named;
    throw ModelError("models folder " + *named + " ($TISE_MODELS): no such folder" + kWaysOut);
  }
  const std::optional<fs::path> folder = default_folder();
  if (folder && is_folder(*folder)) return *folder;
  throw ModelError("no models folder" + (folder ? " (" + folder->string() + " is not there)" : "") +
                   kWaysOut);
}

}  // namespace tise::models
