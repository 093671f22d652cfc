// PNG, JPEG and TIFF are decoded by their own libraries, the other formats by OpenCV. What these do otherwise
// than Pillow is set right, or refused before they see a file. Files are walked to their end first, so that
// the message says what is wrong and nothing is allocated for what a header merely claims.

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
    case Format::kOther:
      break;
  }
  const std::string_view name = sniff_unsupported(bytes);
  if (!name.empty()) throw DecodeError(std::string(name) + " is not supported; convert it to PNG");
  throw DecodeError("not an image (starts with " + start_of(bytes) + ")");
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

/// Throws DecodeError for what can't be decoded, as far as a walk over the file shows.
Size size_of(Bytes bytes, Format format, std::int64_t max_pixels) {
  if (bytes.empty()) throw DecodeError("empty file");
  if (bytes.size() > kMaxFileBytes) throw DecodeError("a file of more than 2 GB");
  const Size size = inspect(bytes, format);
  check(size, max_pixels);
  return size;
}

/// BGR of 8 bits; empty if the decoder gives up.
cv::Mat bgr_of(Bytes bytes) {
  [[maybe_unused]] static const auto kSilenced =
      cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  const cv::Mat wrapped(1, static_cast<int>(bytes.size()), CV_8U, const_cast<std::uint8_t*>(bytes.data()));
  try {
    return cv::imdecode(wrapped, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
  } catch (const cv::Exception&) {
    return {};
  }
}

Pixels decode_with_opencv(Bytes bytes, Format format, std::int64_t max_pixels) {
  std::vector<std::uint8_t> ended;
  if (format == Format::kPnm) {
    // OpenCV looks at what follows the last number of a text.
    ended.assign(bytes.begin(), bytes.end());
    ended.push_back('\n');
    bytes = ended;
  }
  const cv::Mat bgr = bgr_of(bytes);
  if (bgr.empty()) throw DecodeError("corrupt: it can't be decoded");
  check({bgr.cols, bgr.rows}, max_pixels);
  Pixels pixels{bgr.cols, bgr.rows, std::vector<std::uint8_t>(3 * bgr.total())};
  cv::cvtColor(bgr, cv::Mat(bgr.rows, bgr.cols, CV_8UC3, pixels.rgb.data()), cv::COLOR_BGR2RGB);
  return pixels;
}

}  // namespace

void look_over(std::span<const std::uint8_t> bytes, std::int64_t max_pixels) {
  size_of(bytes, sniff(bytes), max_pixels);
}

Pixels decode(std::span<const std::uint8_t> bytes, std::int64_t max_pixels) {
  const Format format = sniff(bytes);
  const Size size = size_of(bytes, format, max_pixels);
  switch (format) {
    case Format::kPng:
      return decode_png(bytes, size);
    case Format::kJpeg:
      return decode_jpeg(bytes, size);
    case Format::kTiff:
      return decode_tiff(bytes);
    default:
      return decode_with_opencv(bytes, format, max_pixels);
  }
}

std::string opencv_version() { return cv::getVersionString(); }

}  // namespace tise::image
