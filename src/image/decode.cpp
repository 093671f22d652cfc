// OpenCV decodes; what it does otherwise than Pillow is set right or refused before it sees a file:
//
// - it gives up on a broken file in silence, or fills the rest with grey: files are walked to their end
// first,
//   so that the message says what is wrong, and nothing is allocated for what a header merely claims;
// - 16-bit grey: Pillow clips its values to 255, which leaves a white picture. Here the upper byte counts, as
//   both do for 16-bit colour. A departure;
// - CMYK JPEG: OpenCV's conversion to RGB rounds down where Pillow's rounds to the nearest. Levels differ by
//   at most two. A departure.

#include "tise/image/decode.h"

#include <cctype>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "formats.h"

namespace tise::image {
namespace {

std::string start_of(Bytes bytes) {
  constexpr std::size_t kShown = 12;
  std::string text;
  for (const std::uint8_t byte : bytes.first(std::min(bytes.size(), kShown))) {
    text += std::isprint(byte) != 0 ? static_cast<char>(byte) : '.';
  }
  return "\"" + text + (bytes.size() > kShown ? "…\"" : "\"");
}

[[noreturn]] void not_an_image(Bytes bytes) {
  throw DecodeError("not an image (starts with " + start_of(bytes) + ")");
}

Size inspect(Bytes bytes, Format format) {
  switch (format) {
    case Format::kPng:
      return inspect_png(bytes);
    case Format::kJpeg:
      return inspect_jpeg(bytes);
    case Format::kWebp:
      return inspect_webp(bytes);
    case Format::kBmp:
      return inspect_bmp(bytes);
    case Format::kTiff:
      return inspect_tiff(bytes);
    case Format::kGif:
      throw DecodeError("GIF is not supported");
    case Format::kOther:
      break;
  }
  return {1, 1};
}

void check(Size size) {
  const auto text = [&] {
    return std::to_string(size.width) + " x " + std::to_string(size.height) + " pixels";
  };
  if (size.width <= 0 || size.height <= 0) throw DecodeError("header says " + text());
  if (size.width > kMaxPixels / size.height) {
    throw DecodeError("header says " + text() + ", more than " + std::to_string(kMaxPixels));
  }
}

/// BGR; empty where OpenCV knows no decoder or the decoder gives up.
cv::Mat decode_with_opencv(Bytes bytes) {
  [[maybe_unused]] static const auto kSilenced =
      cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw DecodeError("a file of more than 2 GB");
  }
  const cv::Mat wrapped(1, static_cast<int>(bytes.size()), CV_8U, const_cast<std::uint8_t*>(bytes.data()));
  try {
    return cv::imdecode(wrapped, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
  } catch (const cv::Exception&) {
    return {};
  }
}

}  // namespace

Pixels decode(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) throw DecodeError("empty file");
  const Format format = sniff(bytes);
  check(inspect(bytes, format));
  const cv::Mat bgr =
      format == Format::kPng ? decode_with_opencv(critical_chunks(bytes)) : decode_with_opencv(bytes);
  if (bgr.empty() && format == Format::kOther) not_an_image(bytes);
  if (bgr.empty()) throw DecodeError("corrupt: it can't be decoded");
  check({bgr.cols, bgr.rows});
  Pixels pixels{bgr.cols, bgr.rows, std::vector<std::uint8_t>(3 * bgr.total())};
  cv::cvtColor(bgr, cv::Mat(bgr.rows, bgr.cols, CV_8UC3, pixels.rgb.data()), cv::COLOR_BGR2RGB);
  return pixels;
}

}  // namespace tise::image
