#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "tise/base/files.h"

/// Outputs that may be named or not.
namespace tise::cli {

using OptionalPath = std::optional<std::filesystem::path>;

/// Finds out early that an output can't be written, if it was named. Throws InputError.
inline void check_writable(const OptionalPath& path, const char* role) {
  if (path) tise::check_writable(*path, role);
}

/// The same for what `deliver` will write.
inline void check_deliverable(const OptionalPath& path, const char* role) {
  tise::check_writable(path.value_or(kStandardStream), role);
}

/// Writes a text to its file, or to standard output if none was named, or `-`. Throws InputError.
inline void deliver(const OptionalPath& path, const std::string& role, const std::string& text) {
  write_atomically(path.value_or(kStandardStream), role, text);
}

}  // namespace tise::cli
