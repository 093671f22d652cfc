#pragma once

#include <filesystem>
#include <optional>

namespace tise::cli {

/// Finds out early that an output can't be written: not after hours of work. Throws InputError.
void check_writable(const std::optional<std::filesystem::path>& path, const char* role);

}  // namespace tise::cli
