#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "tise/base/files.h"

/// Optional outputs.
namespace tise::cli {

using OptionalPath = std::optional<std::filesystem::path>;

/// Checks early that an output, if named, can be written. Throws InputError.
inline void check_writable(const OptionalPath& path, const char* role) {
  if (path) tise::check_writable(*path, role);
}

/// Same check for an output that `deliver` will write.
inline void check_deliverable(const OptionalPath& path, const char* role) {
  tise::check_writable(path.value_or(kStandardStream), role);
}

/// Writes text to a file, or to standard output if the path is missing or `-`. Throws InputError.
inline void deliver(const OptionalPath& path, const std::string& role, const std::string& text) {
  write_atomically(path.value_or(kStandardStream), role, text);
}

}  // namespace tise::cli
