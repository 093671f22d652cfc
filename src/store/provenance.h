#pragma once

#include <filesystem>
#include <string>

#include "tise/store/store.h"

namespace tise::store {

inline constexpr int kSchema = 2;
/// The file in the folder that says what its rows were made with.
inline constexpr const char* kDescription = "store.json";

std::string to_text(const Provenance& provenance);

/// Throws InputError `store <folder>: …` that names what differs, where one group was made in two ways.
void check_compatible(const std::filesystem::path& folder, const Provenance& there, const Provenance& here);

/// Both together: groups of either, the run of `here`.
Provenance merged(Provenance there, const Provenance& here);

}  // namespace tise::store
