#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace tise::testing {

/// Writes a small picture whose pixels all follow from `seed`; the format follows from the extension.
void write_picture(const std::filesystem::path& path, unsigned seed, int width = 24, int height = 16);

/// Writes a text file.
void write_file(const std::filesystem::path& path, const std::string& content);

}  // namespace tise::testing
