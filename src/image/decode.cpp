// PNG, JPEG and TIFF are decoded by libpng, libjpeg and libtiff, the other formats by OpenCV. If a library's
// result would differ from Pillow's, it is corrected, or the file is refused before the library sees it.
// Every file is first walked through to its end, so that the message states what is wrong and nothing is
// allocated for a size that the header merely claims.

#include "tise/image/decode.h"

#include <algorithm>
#include <cctype>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "formats.h"
#include "paste.h"
#include "tise/base/image_format.h"

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

ImageSignature signature_of(Bytes bytes) {
  return image_signature(
      {reinterpret_cast<const char*>(bytes.data()), std::min(bytes.size(), kImageSignature)});
}

Size inspect(Bytes bytes, ImageSignature signature) {
  switch (signature.format) {
    case ImageFormat::kPng:
      return inspect_png(bytes);
    case ImageFormat::kJpeg:
      return inspect_jpeg(bytes);
    case ImageFormat::kWebp:
      return inspect_webp(bytes);
    case ImageFormat::kBmp:
      return inspect_bmp(bytes);
    case ImageFormat::kTiff:
      return inspect_tiff(bytes);
    case ImageFormat::kPnm:
      return inspect_pnm(bytes);
    case ImageFormat::kJpeg2000:
      return inspect_jpeg2000(bytes);
    case ImageFormat::kOther:
      throw DecodeError(std::string(signature.name) + " is not supported; convert it to PNG");
    case ImageFormat::kNone:
      break;
  }
  throw DecodeError("not an image (starts with " + start_of(bytes) + ")");
}

void check(Size size, std::int64_t max_pixels) {
  const auto text = [&] {
    return std::to_string(size.width) + " x " + std::to_string(size.height) + " pixels";
  };
  if (size.width <= 0 || size.height <= 0) throw DecodeError("the header claims " + text());
  if (size.width > max_pixels / size.height) {
    throw DecodeError("the header claims " + text() + ", more than --max-pixels " +
                      std::to_string(max_pixels));
  }
}

/// 8-bit BGR; empty if OpenCV can't decode the file.
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

Pixels decode_with_opencv(Bytes bytes, ImageFormat format, std::int64_t max_pixels) {
  std::vector<std::uint8_t> ended;
  if (format == ImageFormat::kPnm) {
    // OpenCV reads the character after the last number of a plain-text PNM.
    ended.assign(bytes.begin(), bytes.end());
    ended.push_back('\n');
    bytes = ended;
  }
  const cv::Mat bgr = bgr_of(bytes);
  if (bgr.empty()) throw DecodeError("corrupt: cannot be decoded");
  check({bgr.cols, bgr.rows}, max_pixels);
  Pixels pixels{bgr.cols, bgr.rows, std::vector<std::uint8_t>(3 * bgr.total())};
  cv::cvtColor(bgr, cv::Mat(bgr.rows, bgr.cols, CV_8UC3, pixels.rgb.data()), cv::COLOR_BGR2RGB);
  return pixels;
}

/// The first frame on its canvas, which is black outside the frame.
Pixels decode_animated_webp(Bytes bytes, Size size, std::int64_t max_pixels) {
  const WebpFrame frame = first_frame_of_webp(bytes);
  check(inspect_webp(frame.file), max_pixels);
  const Pixels pixels = decode_with_opencv(frame.file, ImageFormat::kWebp, max_pixels);
  if (frame.x + pixels.width > size.width || frame.y + pixels.height > size.height)
    throw DecodeError("corrupt: the first frame extends beyond the image");
  Pixels whole = canvas(static_cast<int>(size.width), static_cast<int>(size.height), 0);
  paste(pixels, 0, 0, whole, static_cast<int>(frame.x), static_cast<int>(frame.y));
  return whole;
}

}  // namespace

void truncated(std::size_t size) {
  const bool small = size < 1000;
  throw DecodeError("truncated after " +
                    (small ? std::to_string(size) + " bytes" : std::to_string(size / 1000) + " kB"));
}

Walked walk(Bytes bytes, std::int64_t max_pixels) {
  if (bytes.empty()) throw DecodeError("empty file");
  if (bytes.size() > kMaxFileBytes) throw DecodeError("files larger than 2 GB are not supported");
  const ImageSignature signature = signature_of(bytes);
  const Size size = inspect(bytes, signature);
  check(size, max_pixels);
  return {signature, size};
}

Pixels decode_walked(Bytes bytes, const Walked& walked, std::int64_t max_pixels) {
  const auto& [signature, size] = walked;
  switch (signature.format) {
    case ImageFormat::kPng:
      return decode_png(bytes, size);
    case ImageFormat::kJpeg:
      return decode_jpeg(bytes, size);
    case ImageFormat::kTiff:
      return decode_tiff(bytes);
    case ImageFormat::kWebp:
      if (is_animated_webp(bytes)) return decode_animated_webp(bytes, size, max_pixels);
      [[fallthrough]];
    default:
      return decode_with_opencv(bytes, signature.format, max_pixels);
  }
}

Pixels decode(std::span<const std::uint8_t> bytes, std::int64_t max_pixels) {
  return decode_walked(bytes, walk(bytes, max_pixels), max_pixels);
}

std::string opencv_version() { return cv::getVersionString(); }

}  // namespace tise::image
