#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace tise::store {

/// Version of the format of store.json and its chunks.
inline constexpr int kSchema = 4;
/// The file in a store's folder that records what its rows were made with.
inline constexpr const char* kDescription = "store.json";

/// What a store's rows were made with. Rows of different models, preparations or precisions can't be mixed.
struct Provenance {
  /// Column group → the model that made it: {"name", "sha256", "input", …}.
  std::map<std::string, nlohmann::ordered_json> models;
  std::string precision = "fp32";
  std::string device = "cpu";
  /// What the last run recorded with Writer::finish, once all its rows were stored; null if it hasn't
  /// finished.
  nlohmann::ordered_json run;
};

/// Writes the folder's store.json. Throws InputError if it can't be written.
void write_provenance(const std::filesystem::path& folder, const Provenance& provenance);

/// Reads the folder's store.json. Returns nullopt if it is missing. Throws InputError if it is unreadable or
/// has another schema.
std::optional<Provenance> read_provenance(const std::filesystem::path& folder);

/// Throws InputError `store <folder>: …` that names the difference if the precisions differ, or if a group
/// that both have was made in different ways. `flag`: the flag that named the store.
void check_compatible(const std::filesystem::path& folder, const Provenance& there, const Provenance& here,
                      const std::string& flag = "--store");

}  // namespace tise::store
