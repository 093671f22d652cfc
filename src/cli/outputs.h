#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace tise::cli {

/// Finds out early that an output can't be written: not after hours of work. Throws InputError.
void check_writable(const std::optional<std::filesystem::path>& path, const char* role);

/// The same for what `deliver` will write.
void check_deliverable(const std::optional<std::filesystem::path>& path, const char* role);

/// Writes a text to its file, or to standard output if none was named, or `-`. Throws InputError.
void deliver(const std::optional<std::filesystem::path>& path, const std::string& role,
             const std::string& text);

}  // namespace tise::cli
