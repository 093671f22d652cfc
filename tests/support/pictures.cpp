#include "support/pictures.h"

#include <fstream>
#include <opencv2/imgcodecs.hpp>
#include <random>

namespace tise::testing {

void write_picture(const std::filesystem::path& path, unsigned seed, int width, int height) {
  cv::Mat picture(height, width, CV_8UC3);
  std::mt19937 random(seed);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width * 3; ++x) picture.ptr(y)[x] = static_cast<std::uint8_t>(random() & 255U);
  }
  std::filesystem::create_directories(path.parent_path());
  cv::imwrite(path.string(), picture);
}

void write_file(const std::filesystem::path& path, const std::string& content) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

}  // namespace tise::testing
