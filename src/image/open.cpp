#include "tise/image/open.h"

#include <utility>

#include "formats.h"
#include "tise/base/concat.h"

namespace tise::image {
namespace {

/// Orientations above this one swap width and height.
constexpr std::int64_t kLastUpright = 4;

Walked allowed(Bytes bytes, const Opening& opening) {
  Walked walked = walk(bytes, opening.max_pixels);
  if (walked.size.frames > 1 && !opening.first_frame) {
    throw DecodeError(
        concat("animated, ", walked.size.frames, " frames; use --first-frame to read only the first"));
  }
  const auto width = static_cast<int>(walked.size.width);
  const auto height = static_cast<int>(walked.size.height);
  const bool lies = opening.turns && walked.size.orientation > kLastUpright;
  check_fits(lies ? height : width, lies ? width : height, opening.transform);
  return walked;
}

PictureHeader header_of(const Walked& walked) {
  const auto& [signature, size] = walked;
  return {size.width, size.height, std::string(signature.name), size.frames, size.orientation};
}

}  // namespace

PictureHeader look_over(std::span<const std::uint8_t> bytes, const Opening& opening) {
  return header_of(allowed(bytes, opening));
}

Picture open(std::span<const std::uint8_t> bytes, const Opening& opening) {
  const Walked walked = allowed(bytes, opening);
  Pixels pixels = decode_walked(bytes, walked, opening.max_pixels);
  if (opening.turns) pixels = turned(std::move(pixels), walked.size.orientation);
  return {transformed(std::move(pixels), opening.transform), header_of(walked)};
}

Pixels turned(Pixels pixels, int orientation) {
  if (orientation == 1) return pixels;
  const bool swaps = orientation > kLastUpright;
  const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_below = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const int width = pixels.width;
  const int height = pixels.height;
  Pixels result{swaps ? height : width, swaps ? width : height, {}};
  result.rgb.reserve(pixels.rgb.size());
  for (int y = 0; y < result.height; ++y) {
    for (int x = 0; x < result.width; ++x) {
      const int along = swaps ? y : x;
      const int down = swaps ? x : y;
      const int column = from_right ? width - 1 - along : along;
      const int row = from_below ? height - 1 - down : down;
      const auto* from = &pixels.rgb[3 * (static_cast<std::size_t>(row) * static_cast<std::size_t>(width) +
                                          static_cast<std::size_t>(column))];
      result.rgb.insert(result.rgb.end(), from, from + 3);
    }
  }
  return result;
}

}  // namespace tise::image
