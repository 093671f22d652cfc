// A cache of large archives' hashes, so that a run whose rows are all in a store needn't read a gigabyte of
// networks first. Each entry is a small JSON file in $XDG_CACHE_HOME/tise-eval/hashes (~/.cache), named by
// the hash of the archive's path. It is valid while the archive's inode, size and times are those in the
// entry. Entries that can't be read or written are ignored.

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

/// Smaller archives are hashed quickly and are not cached.
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

/// The hash in a note, if the note describes a file in this state.
std::optional<std::string> hash_in(const fs::path& note, const data::FileState& state) {
  try {
    if (kind_of(note, "hash") != PathKind::kFile) return std::nullopt;
    const auto json = nlohmann::json::parse(read_text(note, "hash"));
    std::string hash = json.at("sha256");
    if (is_sha256_hex(hash) && json == note_of(state, hash)) return hash;
  } catch (const std::exception&) {
    // A damaged note is ignored.
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
  if (data::state_of(archive) != state) return hash;  // it changed meanwhile
  try {
    make_folders(note->parent_path(), "hashes");
    write_atomically(*note, "hash", json_text(note_of(*state, hash)));
  } catch (const std::exception&) {
    // Not cached; the next run hashes it again.
  }
  return hash;
}

}  // namespace tise::models
