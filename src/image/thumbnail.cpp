#include "tise/image/thumbnail.h"

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace tise::image {
namespace {

constexpr int kQuality = 82;

}  // namespace

Thumbnail thumbnail(std::span<const std::uint8_t> bytes, const Opening& opening, int longest_side) {
  Pixels pixels = open(bytes, opening).pixels;
  const cv::Mat rgb(pixels.height, pixels.width, CV_8UC3, pixels.rgb.data());
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  const double scale = static_cast<double>(longest_side) / std::max(pixels.width, pixels.height);
  if (scale < 1.0) {
    const cv::Size size(std::max(1, static_cast<int>(pixels.width * scale)),
                        std::max(1, static_cast<int>(pixels.height * scale)));
    cv::resize(bgr, bgr, size, 0, 0, cv::INTER_AREA);
  }
  std::vector<unsigned char> jpeg;
  cv::imencode(".jpg", bgr, jpeg, {cv::IMWRITE_JPEG_QUALITY, kQuality});
  return {pixels.width, pixels.height, std::string(jpeg.begin(), jpeg.end())};
}

}  // namespace tise::image
