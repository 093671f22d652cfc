#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace tise::store {

/// Of store.json and of the chunks that it goes with.
inline constexpr int kSchema = 4;
/// The file in a store's folder that says what its rows were made with.
inline constexpr const char* kDescription = "store.json";

/// What a store's rows were made with. Rows of other models, preparations or precisions don't mix.
struct Provenance {
  /// Column group → what made it: {"name", "sha256", "input", …}.
  std::map<std::string, nlohmann::ordered_json> models;
  std::string precision = "fp32";
  std::string device = "cpu";
  /// What the run that has all its rows here left with Writer::finish; null if the last one hasn't.
  nlohmann::ordered_json run;
};

/// Writes the folder's store.json. Throws InputError if it can't be written.
void write_provenance(const std::filesystem::path& folder, const Provenance& provenance);

/// What the folder's store.json states; nothing if there is none. Throws InputError if it can't be read, or
/// if another edition of the program wrote it.
std::optional<Provenance> read_provenance(const std::filesystem::path& folder);

/// Throws InputError `store <folder>: …` that names the difference if a group of both was made in two ways.
/// `flag`: what named the store.
void check_compatible(const std::filesystem::path& folder, const Provenance& there, const Provenance& here,
                      const std::string& flag = "--store");

}  // namespace tise::store
