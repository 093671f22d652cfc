#include "tise/base/image_format.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace tise {
namespace {

using std::string_view_literals::operator""sv;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool has_at(std::string_view text, std::size_t at, std::string_view part) {
  return text.size() >= at + part.size() && text.substr(at, part.size()) == part;
}

/// ISO's container: `ftyp`, then the brand that the file is foremost. A brand of HEIF's may also hold AVIF,
/// which then is among the compatible ones.
ImageFormat container_format(std::string_view start) {
  if (!has_at(start, 4, "ftyp"sv)) return ImageFormat::kNone;
  constexpr std::array kAvif{"avif"sv, "avis"sv};
  constexpr std::array kHeif{"heic"sv, "heix"sv, "hevc"sv, "hevx"sv, "heim"sv, "heis"sv, "mif1"sv, "msf1"sv};
  const auto is_one_of = [](std::string_view brand, const auto& brands) {
    return std::find(brands.begin(), brands.end(), brand) != brands.end();
  };
  for (std::size_t at = 8; at + 4 <= start.size(); at += at == 8 ? 8 : 4) {  // a version follows the first
    if (is_one_of(start.substr(at, 4), kAvif)) return ImageFormat::kAvif;
  }
  if (start.size() >= 12 && is_one_of(start.substr(8, 4), kHeif)) return ImageFormat::kHeif;
  return ImageFormat::kNone;
}

/// A bitmap's reserved bytes are 0, and its second header has one of a few sizes.
bool is_plausible_bmp(std::string_view start) {
  constexpr std::array<std::uint8_t, 7> kHeaderSizes{12, 40, 52, 56, 64, 108, 124};
  if (!has_at(start, 6, "\0\0\0\0"sv) || !has_at(start, 15, "\0\0\0"sv)) return false;
  const auto size = static_cast<std::uint8_t>(start[14]);
  return std::find(kHeaderSizes.begin(), kHeaderSizes.end(), size) != kHeaderSizes.end();
}

/// White space and then a number or a comment follow the two letters.
bool is_plausible_pnm(std::string_view start) {
  const auto word = std::find_if_not(start.begin() + 2, start.end(), is_space);
  return word != start.end() && (*word == '#' || (*word >= '0' && *word <= '9'));
}

}  // namespace

ImageFormat image_format(std::string_view start) {
  if (start.starts_with("\x89PNG\r\n\x1A\n"sv)) return ImageFormat::kPng;
  if (start.starts_with("\xFF\xD8\xFF"sv)) return ImageFormat::kJpeg;
  if (start.starts_with("RIFF"sv) && has_at(start, 8, "WEBP"sv)) return ImageFormat::kWebp;
  if (start.starts_with("BM"sv)) return ImageFormat::kBmp;
  for (const std::string_view tiff : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv}) {  // + is BigTIFF's
    if (start.starts_with(tiff)) return ImageFormat::kTiff;
  }
  if (start.starts_with("GIF8"sv)) return ImageFormat::kGif;
  if (start.starts_with("\0\0\0\x0CjP  "sv) || start.starts_with("\xFF\x4F\xFF\x51"sv))
    return ImageFormat::kJpeg2000;
  if (start.starts_with("\0\0\0\x0CJXL "sv) || start.starts_with("\xFF\x0A"sv)) return ImageFormat::kJxl;
  if (start.starts_with("\x76\x2F\x31\x01"sv)) return ImageFormat::kExr;
  if (start.size() > 2 && start[0] == 'P' && (is_space(start[2]) || start[2] == '#')) {
    if (start[1] >= '1' && start[1] <= '6') return ImageFormat::kPnm;
    if (start[1] == 'F' || start[1] == 'f') return ImageFormat::kPfm;
  }
  return container_format(start);
}

bool starts_like_an_image(std::string_view start) {
  switch (image_format(start)) {
    case ImageFormat::kNone:
      return false;
    case ImageFormat::kBmp:
      return is_plausible_bmp(start);
    case ImageFormat::kPnm:
    case ImageFormat::kPfm:
      return is_plausible_pnm(start);
    case ImageFormat::kJxl:
      return start.starts_with('\0');  // two bytes of the other kind are too little to go by
    default:
      return true;
  }
}

}  // namespace tise
