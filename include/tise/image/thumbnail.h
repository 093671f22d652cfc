#pragma once

#include <filesystem>
#include <string>

namespace tise::image {

/// A picture made small for people to look at.
struct Thumbnail {
  int width = 0;  ///< of the picture itself
  int height = 0;
  std::string jpeg;  ///< its longer side at most what was asked for
};

/// Throws DecodeError, and InputError where the file can't be read.
Thumbnail thumbnail(const std::filesystem::path& path, int longest_side);

}  // namespace tise::image
