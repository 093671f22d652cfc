#include "formats.h"

#include <array>

namespace tise::image {

using namespace std::string_view_literals;

namespace {

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

}  // namespace

void truncated(std::size_t size) {
  const bool small = size < 1000;
  throw DecodeError("truncated after " +
                    (small ? std::to_string(size) + " bytes" : std::to_string(size / 1000) + " kB"));
}

Format sniff(Bytes bytes) {
  const std::string_view start = text_of(bytes);
  if (start.starts_with("\x89PNG\r\n\x1A\n"sv)) return Format::kPng;
  if (start.starts_with("\xFF\xD8\xFF"sv)) return Format::kJpeg;
  if (start.starts_with("RIFF"sv) && start.size() >= 12 && start.substr(8, 4) == "WEBP"sv)
    return Format::kWebp;
  if (start.starts_with("BM"sv)) return Format::kBmp;
  for (const std::string_view tiff : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv}) {
    if (start.starts_with(tiff)) return Format::kTiff;
  }
  if (start.starts_with("\0\0\0\x0CjP  "sv) || start.starts_with("\xFF\x4F\xFF\x51"sv))
    return Format::kJpeg2000;
  const bool pnm = start.size() > 2 && start[0] == 'P' && start[1] >= '1' && start[1] <= '6';
  if (pnm && (start[2] == ' ' || start[2] == '#' || (start[2] >= '\t' && start[2] <= '\r')))
    return Format::kPnm;
  return Format::kOther;
}

std::string_view sniff_unsupported(Bytes bytes) {
  struct Signature {
    std::size_t at;
    std::string_view bytes;
    std::string_view name;
  };
  // Boxed formats (ISO/IEC 14496-12) announce themselves by their brand behind "ftyp".
  static constexpr std::array<Signature, 30> kSignatures{{
      {0, "GIF8"sv, "GIF"},
      {4, "ftypavif"sv, "AVIF"},
      {4, "ftypavis"sv, "AVIF"},
      {4, "ftyphei"sv, "HEIC"},
      {4, "ftyphev"sv, "HEIC"},
      {4, "ftypmif1"sv, "HEIF"},
      {4, "ftypmsf1"sv, "HEIF"},
      {0, "\xFF\x0A"sv, "JPEG XL"},
      {0, "\0\0\0\x0CJXL "sv, "JPEG XL"},
      {0, "II\xBC"sv, "JPEG XR"},
      {0, "PF\n"sv, "PFM (floats)"},
      {0, "Pf\n"sv, "PFM (floats)"},
      {0, "PF "sv, "PFM (floats)"},
      {0, "Pf "sv, "PFM (floats)"},
      {0, "P7\n"sv, "PAM"},
      {0, "#?R"sv, "Radiance HDR"},
      {0, "\x76\x2F\x31\x01"sv, "OpenEXR"},
      {0, "\x59\xA6\x6A\x95"sv, "Sun raster"},
      {0, "\0\0\1\0"sv, "ICO"},
      {0, "8BPS"sv, "PSD"},
      {0, "DDS "sv, "DDS"},
      {0, "qoif"sv, "QOI"},
      {0, "\x01\xDA"sv, "SGI"},
      {0, "icns"sv, "ICNS"},
      {0, "SIMPLE  ="sv, "FITS"},
      {0, "%PDF"sv, "PDF"},
      {0, "%!PS"sv, "PostScript"},
      {0, "<svg"sv, "SVG"},
      {128, "DICM"sv, "DICOM"},
      {0, "BPG\xFB"sv, "BPG"},
  }};
  const std::string_view start = text_of(bytes);
  for (const Signature& s : kSignatures) {
    if (start.size() > s.at && start.substr(s.at).starts_with(s.bytes)) return s.name;
  }
  return {};
}

}  // namespace tise::image
