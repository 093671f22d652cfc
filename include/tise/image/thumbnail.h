#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "tise/image/open.h"

namespace tise::image {

/// A picture made small for people to look at.
struct Thumbnail {
  int width = 0;  ///< of the picture itself, as networks see it
  int height = 0;
  std::string jpeg;  ///< its longer side at most what was asked for
};

/// Of a picture's file. Throws DecodeError.
Thumbnail thumbnail(std::span<const std::uint8_t> bytes, const Opening& opening, int longest_side);

}  // namespace tise::image
