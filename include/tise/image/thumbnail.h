#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "tise/image/open.h"

namespace tise::image {

/// A small version of an image for people to look at.
struct Thumbnail {
  int width = 0;  ///< of the full-size image, after turn and transform
  int height = 0;
  std::string jpeg;  ///< its longer side is at most `longest_side`
};

/// The thumbnail of an image file. Throws DecodeError.
Thumbnail thumbnail(std::span<const std::uint8_t> bytes, const Opening& opening, int longest_side);

}  // namespace tise::image
