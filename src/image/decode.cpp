// OpenCV decodes; what it does otherwise than Pillow is set right or refused before it sees a file:
//
// - it gives up on a broken file in silence, or fills the rest with grey. Files are walked to their end
//   first, so that the message says what is wrong and nothing is allocated for what a header merely claims;
// - PNG: what isn't needed for the pixels may change them, depending on OpenCV's release. It is cut out;
// - TIFF: alpha is left alone, and of 16 bits the upper byte taken;
// - 16-bit grey: Pillow clips its values to 255, which leaves a white picture. Here the upper byte counts, as
//   in Pillow's 16-bit colour. A departure;
// - CMYK JPEG: OpenCV rounds down on the way to RGB where Pillow rounds to the nearest. Levels differ by at
//   most two. A departure.

#include "tise/image/decode.h"

#include <algorithm>
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
    case Format::kPnm:
      return inspect_pnm(bytes);
    case Format::kJpeg2000:
      return inspect_jpeg2000(bytes);
    case Format::kGif:
      throw DecodeError("GIF is not supported");
    case Format::kOther:
      break;
  }
  return {1, 1};
}

void check(Size size, std::int64_t max_pixels) {
  const auto text = [&] {
    return std::to_string(size.width) + " x " + std::to_string(size.height) + " pixels";
  };
  if (size.width <= 0 || size.height <= 0) throw DecodeError("header says " + text());
  if (size.width > max_pixels / size.height) {
    throw DecodeError("header says " + text() + ", more than " + std::to_string(max_pixels) +
                      " (--max-pixels)");
  }
}

/// BGR of 8 bits, of a TIFF also of 16; empty where OpenCV knows no decoder or the decoder gives up.
cv::Mat decode_with_opencv(Bytes bytes, int depth = 0) {
  [[maybe_unused]] static const auto kSilenced =
      cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  if (bytes.size() > kMaxFileBytes) throw DecodeError("a file of more than 2 GB");
  const cv::Mat wrapped(1, static_cast<int>(bytes.size()), CV_8U, const_cast<std::uint8_t*>(bytes.data()));
  try {
    return cv::imdecode(wrapped, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION | depth);
  } catch (const cv::Exception&) {
    return {};
  }
}

/// The upper bytes of 16 bits.
cv::Mat upper_bytes(const cv::Mat& deep) {
  cv::Mat upper(deep.rows, deep.cols, CV_8UC3);
  std::transform(deep.begin<cv::Vec3w>(), deep.end<cv::Vec3w>(), upper.begin<cv::Vec3b>(),
                 [](const cv::Vec3w& v) { return cv::Vec3b(v[0] >> 8, v[1] >> 8, v[2] >> 8); });
  return upper;
}

cv::Mat decode_with_opencv(Bytes bytes, Format format) {
  if (format == Format::kPng) return decode_with_opencv(critical_chunks(bytes));
  if (format == Format::kTiff) return decode_with_opencv(with_alpha_left_alone(bytes), cv::IMREAD_ANYDEPTH);
  return decode_with_opencv(bytes);
}

}  // namespace

void look_over(std::span<const std::uint8_t> bytes, std::int64_t max_pixels) {
  if (bytes.empty()) throw DecodeError("empty file");
  const Format format = sniff(bytes);
  check(inspect(bytes, format), max_pixels);
  // Of the rest only OpenCV can tell.
  if (format == Format::kOther && decode_with_opencv(bytes, format).empty()) not_an_image(bytes);
}

Pixels decode(std::span<const std::uint8_t> bytes, std::int64_t max_pixels) {
  look_over(bytes, max_pixels);
  const Format format = sniff(bytes);
  cv::Mat bgr = decode_with_opencv(bytes, format);
  if (bgr.empty()) throw DecodeError("corrupt: it can't be decoded");
  check({bgr.cols, bgr.rows}, max_pixels);
  if (bgr.depth() == CV_16U) bgr = upper_bytes(bgr);
  Pixels pixels{bgr.cols, bgr.rows, std::vector<std::uint8_t>(3 * bgr.total())};
  cv::cvtColor(bgr, cv::Mat(bgr.rows, bgr.cols, CV_8UC3, pixels.rgb.data()), cv::COLOR_BGR2RGB);
  return pixels;
}

std::string opencv_version() { return cv::getVersionString(); }

}  // namespace tise::image
