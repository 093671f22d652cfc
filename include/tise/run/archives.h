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

/// The archives of a run, each opened when a role is first cast with it.
class Archives {
 public:
  /// In a models folder: as find_models_folder takes it.
  explicit Archives(std::optional<std::string> folder) : option_(std::move(folder)) {}

  /// Finds who plays the metric's roles. Returns which archive is missing, such as `no clip.pt in DIR`;
  /// empty: none. Throws ModelError if the folder isn't there, an archive is broken or of a kind that can't
  /// play its role.
  std::string cast(Planned& planned);
  /// Hashes the archives that these metrics may be cast with, side by side, for when they are opened. Throws
  /// ModelError.
  void hash_ahead(const std::vector<const Planned*>& metrics);
  /// The archive of this name, or, if that is empty, the first of the role's own; nothing if there is none.
  /// Throws likewise.
  std::optional<Part> who_plays(const metrics::Role& role, const std::string& archive = "");
  /// Takes an archive from anywhere for a role, in place of those in the folder. Throws ModelError.
  void take(const metrics::Role& role, const std::filesystem::path& path);
  /// Empty before the first cast.
  const std::filesystem::path& folder() const { return folder_; }

  /// Hash and card of each archive by its stem, as `recall` takes them.
  nlohmann::ordered_json known() const;
  /// In place of a folder, if rows are there already: what was known of the archives that made them. Throws
  /// ModelError if a card can't be read.
  void recall(const nlohmann::ordered_json& known);

 private:
  /// Null if there is no such archive. Throws ModelError if its kind can't play the role.
  const models::Archive* open(const std::string& stem, const metrics::Role& role);
  /// Puts who plays the role, and those that this hangs on, into the cast. Returns what is missing.
  std::string add_part(std::vector<Part>& cast, const metrics::Role& role, const std::string& archive);

  std::optional<std::string> option_;
  bool is_recalled_ = false;
  std::filesystem::path folder_;
  std::map<std::string, std::string> hashes_;      ///< by stem
  std::map<std::string, models::Archive> opened_;  ///< by stem
};

/// What is said of files that are none.
inline constexpr const char* kForeign = "left alone: no model archive, since it has no card.json";

/// Whether `STEM.pt` in a models folder is nothing to this program, such as the weights that an archive was
/// made from: it has no card, and no run looks for it by itself.
bool is_foreign(const std::filesystem::path& folder, const std::string& stem);

/// The archives that are in a models folder, and those without which some metric can't be computed.
std::set<std::string> archives_of_interest(const std::filesystem::path& folder);

/// The metrics that can't be computed without an archive of this name: their last fallback.
std::vector<std::string_view> metrics_waiting_for(std::string_view stem);

/// The metrics that can name this archive, such as `FID@other`; none if a run takes it by itself.
std::vector<std::string> metrics_by_name(const std::string& stem, const models::Archive& archive);

}  // namespace tise::run
