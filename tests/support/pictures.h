#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace tise::testing {

/// Writes a small image. Its pixels depend on `seed`, its format on the extension.
void write_picture(const std::filesystem::path& path, unsigned seed, int width = 24, int height = 16);

/// Writes a file.
void write_file(const std::filesystem::path& path, const std::string& content);

}  // namespace tise::testing
