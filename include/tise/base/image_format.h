#pragma once

#include <cstddef>
#include <string_view>

namespace tise {

/// A format of image files, also of those that are only recognised, not decoded.
enum class ImageFormat {
  kNone,
  kPng,
  kJpeg,
  kWebp,
  kBmp,
  kTiff,
  kPnm,
  kPfm,
  kJpeg2000,
  kGif,
  kAvif,
  kHeif,
  kJxl,
  kExr
};

/// The first bytes that the two functions below need at most.
inline constexpr std::size_t kImageSignature = 32;

/// The format that the first bytes announce; for files that claim to be images.
ImageFormat image_format(std::string_view start);

/// Whether a file of which nothing else is known starts like an image. Stricter than `image_format`, since
/// two letters such as "BM" or "P1" also begin ordinary texts.
bool starts_like_an_image(std::string_view start);

}  // namespace tise
