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

/// ISO's container: `ftyp`, the main brand, a version, and compatible brands. A file whose main brand is one
/// of HEIF's may be an AVIF, which is then among the compatible brands.
std::string_view container_name(std::string_view start) {
  if (!has_at(start, 4, "ftyp"sv)) return {};
  constexpr std::array kAvif{"avif"sv, "avis"sv};
  constexpr std::array kHeif{"heic"sv, "heix"sv, "hevc"sv, "hevx"sv, "heim"sv, "heis"sv, "mif1"sv, "msf1"sv};
  const auto is_one_of = [](std::string_view brand, const auto& brands) {
    return std::ranges::find(brands, brand) != brands.end();
  };
  constexpr std::size_t kMost = 32;
  for (std::size_t at = 8; at + 4 <= std::min(start.size(), kMost);
       at += at == 8 ? 8 : 4) {  // skips the version
    if (is_one_of(start.substr(at, 4), kAvif)) return "AVIF";
  }
  return start.size() >= 12 && is_one_of(start.substr(8, 4), kHeif) ? "HEIC" : ""sv;
}

enum class Strength {
  kSure,      ///< no other kind of file starts like this
  kAlone,     ///< too short to be sure unless the file claims to be an image
  kDocument,  ///< a document rather than an image
};

struct Signature {
  std::size_t at;
  std::string_view bytes;
  ImageFormat format;
  std::string_view name;
  Strength strength = Strength::kSure;
};

constexpr std::array<Signature, 35> kSignatures{{
    {0, "\x89PNG\r\n\x1A\n"sv, ImageFormat::kPng, "PNG"},
    {0, "\xFF\xD8\xFF"sv, ImageFormat::kJpeg, "JPEG"},
    {8, "WEBP"sv, ImageFormat::kWebp, "WebP"},
    {0, "BM"sv, ImageFormat::kBmp, "BMP"},
    {0, "II*\0"sv, ImageFormat::kTiff, "TIFF"},
    {0, "MM\0*"sv, ImageFormat::kTiff, "TIFF"},
    {0, "II+\0"sv, ImageFormat::kTiff, "BigTIFF"},
    {0, "MM\0+"sv, ImageFormat::kTiff, "BigTIFF"},
    {0, "\0\0\0\x0CjP  "sv, ImageFormat::kJpeg2000, "JPEG 2000"},
    {0, "\xFF\x4F\xFF\x51"sv, ImageFormat::kJpeg2000, "JPEG 2000"},
    {0, "GIF8"sv, ImageFormat::kOther, "GIF"},
    {0, "\0\0\0\x0CJXL "sv, ImageFormat::kOther, "JPEG XL"},
    {0, "\xFF\x0A"sv, ImageFormat::kOther, "JPEG XL", Strength::kAlone},
    {0, "II\xBC"sv, ImageFormat::kOther, "JPEG XR"},
    {0, "P7\nWIDTH"sv, ImageFormat::kOther, "PAM"},
    {0, "#?R"sv, ImageFormat::kOther, "Radiance HDR"},
    {0, "\x76\x2F\x31\x01"sv, ImageFormat::kOther, "OpenEXR"},
    {0, "\x59\xA6\x6A\x95"sv, ImageFormat::kOther, "Sun raster"},
    {0, "\0\0\1\0"sv, ImageFormat::kOther, "ICO", Strength::kAlone},
    {0, "8BPS"sv, ImageFormat::kOther, "PSD"},
    {0, "DDS "sv, ImageFormat::kOther, "DDS"},
    {0, "qoif"sv, ImageFormat::kOther, "QOI"},
    {0, "\x01\xDA"sv, ImageFormat::kOther, "SGI", Strength::kAlone},
    {0, "icns"sv, ImageFormat::kOther, "ICNS"},
    {0, "BPG\xFB"sv, ImageFormat::kOther, "BPG"},
    {0, "SIMPLE  ="sv, ImageFormat::kOther, "FITS"},
    {128, "DICM"sv, ImageFormat::kOther, "DICOM"},
    {0, "%PDF"sv, ImageFormat::kOther, "PDF", Strength::kDocument},
    {0, "%!PS"sv, ImageFormat::kOther, "PostScript", Strength::kDocument},
    {0, "<svg"sv, ImageFormat::kOther, "SVG", Strength::kDocument},
    {0, "PF\n"sv, ImageFormat::kOther, "PFM (floats)", Strength::kAlone},
    {0, "Pf\n"sv, ImageFormat::kOther, "PFM (floats)", Strength::kAlone},
    {0, "PF "sv, ImageFormat::kOther, "PFM (floats)", Strength::kAlone},
    {0, "Pf "sv, ImageFormat::kOther, "PFM (floats)", Strength::kAlone},
    {0, "AT&TFORM"sv, ImageFormat::kOther, "DjVu", Strength::kDocument},
}};

const Signature* find_signature(std::string_view start) {
  const auto* found =
      std::ranges::find_if(kSignatures, [&](const Signature& s) { return has_at(start, s.at, s.bytes); });
  return found == kSignatures.end() ? nullptr : found;
}

bool is_pnm(std::string_view start) {
  return start.size() > 2 && start[0] == 'P' && start[1] >= '1' && start[1] <= '6' &&
         (is_space(start[2]) || start[2] == '#');
}

/// A BMP's reserved bytes are 0, and its second header has one of a few sizes.
bool is_plausible_bmp(std::string_view start) {
  constexpr std::array<std::uint8_t, 7> kHeaderSizes{12, 40, 52, 56, 64, 108, 124};
  if (!has_at(start, 6, "\0\0\0\0"sv) || !has_at(start, 15, "\0\0\0"sv)) return false;
  const auto size = static_cast<std::uint8_t>(start[14]);
  return std::ranges::find(kHeaderSizes, size) != kHeaderSizes.end();
}

/// White space follows the two letters, then a number or a comment.
bool is_plausible_pnm(std::string_view start) {
  const auto word = std::find_if_not(start.begin() + 2, start.end(), is_space);
  return word != start.end() && (*word == '#' || (*word >= '0' && *word <= '9'));
}

}  // namespace

ImageSignature image_signature(std::string_view start) {
  if (is_pnm(start)) return {ImageFormat::kPnm, "PNM"};  // first: its pixels may look like another signature
  if (const Signature* found = find_signature(start)) return {found->format, found->name};
  const std::string_view contained = container_name(start);
  return {contained.empty() ? ImageFormat::kNone : ImageFormat::kOther, contained};
}

bool starts_like_an_image(std::string_view start) {
  if (is_pnm(start)) return is_plausible_pnm(start);
  const Signature* found = find_signature(start);
  if (found == nullptr) return !container_name(start).empty();
  if (found->format == ImageFormat::kBmp) return is_plausible_bmp(start);
  if (found->name.starts_with("PFM")) return is_plausible_pnm(start);
  return found->strength == Strength::kSure;
}

}  // namespace tise
