#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tise/models/models.h"
#include "tise/run/plan.h"

namespace tise::run {

/// The model archives of a run. Each is opened when it is first cast in a role.
class Archives {
 public:
  /// `folder`: the models folder, as models::find_models_folder takes it.
  explicit Archives(std::optional<std::string> folder) : option_(std::move(folder)) {}

  /// Finds the archives for the metric's roles. Returns what is missing, such as `no clip.pt in DIR`, or an
  /// empty string. Throws ModelError if the folder doesn't exist, or if an archive is broken or of the wrong
  /// kind for its role; the message begins with the metric if this names the archive (`FD@other`).
  std::string cast(Planned& planned);
  /// Hashes in parallel the archives that these metrics may need, so that opening them later is quick. Throws
  /// ModelError.
  void hash_ahead(const std::vector<const Planned*>& metrics);
  /// The archive of this name for a role; if the name is empty, the first of the role's own archives that
  /// exists. nullopt if the folder has no such archive. Throws like `cast`.
  std::optional<Part> who_plays(const metrics::Role& role, const std::string& archive = "");
  /// Uses the archive at `path` for a role, instead of those in the models folder. Throws ModelError.
  void take(const metrics::Role& role, const std::filesystem::path& path);
  /// Empty before the first cast.
  const std::filesystem::path& folder() const { return folder_; }

  /// Hash and card of each archive, keyed by file stem; the input of `recall`.
  nlohmann::ordered_json known() const;
  /// Replaces the models folder when all rows exist already: takes what `known` returned in the run that made
  /// them. Throws ModelError if a card is unreadable.
  void recall(const nlohmann::ordered_json& known);

 private:
  /// Returns null if the archive doesn't exist. Throws ModelError if its kind can't play the role.
  const models::Archive* open(const std::string& stem, const metrics::Role& role);
  /// Adds the archive for a role, and those for the roles it depends on. Returns what is missing, or an empty
  /// string.
  std::string add_part(std::vector<Part>& cast, const metrics::Role& role, const std::string& archive);

  std::optional<std::string> option_;
  bool is_recalled_ = false;
  std::filesystem::path folder_;
  std::map<std::string, std::string> hashes_;      ///< by stem
  std::map<std::string, models::Archive> opened_;  ///< by stem
};

/// Follows what Archives::cast returns in errors.
inline constexpr const char* kArchiveRemedy =
    "; make it with tise-export (docs/models.md), or pass another folder to --models";

/// The note on .pt files that aren't model archives.
inline constexpr const char* kForeign = "ignored: not a model archive (it has no card.json)";

/// Whether `STEM.pt` in a models folder is a file to ignore, such as the weights that an archive was made
/// from: it has no card, and no metric uses an archive of this name by default.
bool is_foreign(const std::filesystem::path& folder, const std::string& stem);

/// The stems of the archives in a models folder, if there is one, and of missing archives that some metric
/// needs.
std::set<std::string> archives_of_interest(const std::optional<std::filesystem::path>& folder = {});

/// The metrics for which an archive of this name is the last fallback. Without it and the archives that come
/// before it they can't be computed.
std::vector<std::string_view> metrics_waiting_for(std::string_view stem);

/// The metrics that use an archive of the folder only if `--metrics` names them: `FD@other`, or `FD` if the
/// archive plays their role by default.
std::vector<std::string> metrics_on_request(const std::filesystem::path& folder, const std::string& stem,
                                            const models::Archive& archive);

}  // namespace tise::run
