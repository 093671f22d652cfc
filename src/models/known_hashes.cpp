// Hashes of large archives, so that a run that finds all its rows in a store doesn't read a gigabyte of
// networks first. Each is a small JSON file under $XDG_CACHE_HOME/tise-eval/hashes (~/.cache), named by the
// hash of the archive's path; it counts as long as the archive has the inode, the size and the times that are
// in it. What can't be read or written there is as if it weren't there.

#include <nlohmann/json.hpp>

#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/base/json_text.h"
#include "tise/base/paths.h"
#include "tise/data/images.h"
#include "tise/models/models.h"
#include "torch_error.h"

namespace tise::models {
namespace {

namespace fs = std::filesystem;

/// Smaller archives are hashed in no time.
constexpr std::int64_t kWorthwhile = 8 << 20;

std::optional<fs::path> note_about(const fs::path& archive) {
  const auto cache = user_folder("XDG_CACHE_HOME", ".cache");
  if (!cache) return std::nullopt;
  return *cache / "tise-eval/hashes" / (sha256_hex(true_path(archive).string()).substr(0, 32) + ".json");
}

nlohmann::json note_of(const data::FileState& state, const std::string& hash) {
  return {{"inode", state.inode},
          {"size", state.size},
          {"modified_ns", state.modified_ns},
          {"changed_ns", state.changed_ns},
          {"sha256", hash}};
}

/// The hash in a note that is about a file in this state.
std::optional<std::string> hash_in(const fs::path& note, const data::FileState& state) {
  try {
    if (kind_of(note, "hash") != PathKind::kFile) return std::nullopt;
    const auto json = nlohmann::json::parse(read_text(note, "hash"));
    std::string hash = json.at("sha256");
    if (is_sha256_hex(hash) && json == note_of(state, hash)) return hash;
  } catch (const std::exception&) {
    // Damaged: as if it weren't there.
  }
  return std::nullopt;
}

}  // namespace

std::string known_hash_of(const fs::path& archive) {
  const auto state = data::state_of(archive);
  const bool can_be_known = state && state->changed_ns != 0 && state->size >= kWorthwhile;
  const auto note = can_be_known ? note_about(archive) : std::nullopt;
  if (!note) return hash_of_archive(archive);
  if (auto hash = hash_in(*note, *state)) return *hash;
  std::string hash = hash_of_archive(archive);
  if (data::state_of(archive) != state) return hash;  // written to meanwhile
  try {
    make_folders(note->parent_path(), "hashes");
    write_atomically(*note, "hash", json_text(note_of(*state, hash)));
  } catch (const std::exception&) {
    // The next run hashes it again.
  }
  return hash;
}

}  // namespace tise::models
