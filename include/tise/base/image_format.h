#pragma once

#include <cstddef>
#include <string_view>

namespace tise {

/// The image formats that are decoded. `kOther` is a known format that is not decoded, `kNone` an unknown
/// one.
enum class ImageFormat { kNone, kPng, kJpeg, kWebp, kBmp, kTiff, kPnm, kJpeg2000, kOther };

struct ImageSignature {
  ImageFormat format = ImageFormat::kNone;
  std::string_view name;  ///< such as `PNG` or `AVIF`; empty for kNone
};

/// The two functions below need at most this many of a file's first bytes.
inline constexpr std::size_t kImageSignature = 132;

/// The format that a file's first bytes announce; for files that claim to be images.
ImageSignature image_signature(std::string_view start);

/// Whether an unknown file starts like an image. Stricter than `image_signature`, since two letters such as
/// "BM" or "P1" also start ordinary texts.
bool starts_like_an_image(std::string_view start);

}  // namespace tise
