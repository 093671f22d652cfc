#include "formats.h"

namespace tise::image {

void truncated(std::size_t size) {
  const bool small = size < 1000;
  throw DecodeError("truncated after " +
                    (small ? std::to_string(size) + " bytes" : std::to_string(size / 1000) + " kB"));
}

Format sniff(Bytes bytes) {
  const std::string_view start(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  using namespace std::string_view_literals;
  if (start.starts_with("\x89PNG\r\n\x1A\n"sv)) return Format::kPng;
  if (start.starts_with("\xFF\xD8\xFF"sv)) return Format::kJpeg;
  if (start.starts_with("RIFF"sv) && start.size() >= 12 && start.substr(8, 4) == "WEBP"sv)
    return Format::kWebp;
  if (start.starts_with("BM"sv)) return Format::kBmp;
  if (start.starts_with("II*\0"sv) || start.starts_with("MM\0*"sv)) return Format::kTiff;
  if (start.starts_with("GIF8"sv)) return Format::kGif;
  if (start.starts_with("\0\0\0\x0CjP  "sv) || start.starts_with("\xFF\x4F\xFF\x51"sv))
    return Format::kJpeg2000;
  const bool pnm = start.size() > 2 && start[0] == 'P' && start[1] >= '1' && start[1] <= '6';
  if (pnm && (start[2] == ' ' || start[2] == '#' || (start[2] >= '\t' && start[2] <= '\r')))
    return Format::kPnm;
  return Format::kOther;
}

}  // namespace tise::image
