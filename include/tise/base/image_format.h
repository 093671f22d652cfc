#pragma once

#include <cstddef>
#include <string_view>

namespace tise {

/// A format of image files that are decoded; `kOther` is a known one that isn't, `kNone` none that is known.
enum class ImageFormat { kNone, kPng, kJpeg, kWebp, kBmp, kTiff, kPnm, kJpeg2000, kOther };

struct ImageSignature {
  ImageFormat format = ImageFormat::kNone;
  std::string_view name;  ///< such as `PNG` or `AVIF`; empty for kNone
};

/// The first bytes that the two functions below need at most.
inline constexpr std::size_t kImageSignature = 132;

/// What the first bytes announce; for files that claim to be images.
ImageSignature image_signature(std::string_view start);

/// Whether a file of which nothing else is known starts like an image. Stricter than `image_signature`, since
/// two letters such as "BM" or "P1" also begin ordinary texts.
bool starts_like_an_image(std::string_view start);

}  // namespace tise
