#include "tise/image/crop.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tise::image {
namespace {

/// 4 by 3 pixels; the red of the one at (x, y) is 10·y + x + 1.
Pixels counted_pixels() {
  Pixels pixels{4, 3, {}};
  for (int y = 0; y < 3; ++y) {
    for (int x = 0; x < 4; ++x) {
      pixels.rgb.insert(pixels.rgb.end(), {static_cast<std::uint8_t>(10 * y + x + 1), 0, 0});
    }
  }
  return pixels;
}

/// The red values of a crop, row by row.
std::vector<int> reds(const Box& box) {
  const auto cropped = crop(counted_pixels(), box);
  if (!cropped) return {};
  EXPECT_EQ(cropped->rgb.size(), 3U * static_cast<std::size_t>(cropped->width * cropped->height));
  std::vector<int> reds;
  for (std::size_t i = 0; i < cropped->rgb.size(); i += 3) reds.push_back(cropped->rgb[i]);
  return reds;
}

TEST(Crop, of_whole_numbers_ends_before_the_lower_right_corner) {
  EXPECT_EQ(reds({1, 0, 3, 2}), (std::vector<int>{2, 3, 12, 13}));
}

TEST(Crop, rounds_halves_to_even) {
  EXPECT_EQ(reds({0.5F, 0.5F, 2.5F, 1.5F}), (std::vector<int>{1, 2, 11, 12}));  // 0, 0, 2, 2
  EXPECT_EQ(reds({1.5F, 0, 3.5F, 1}), (std::vector<int>{3, 4}));                // 2 to 4
}

TEST(Crop, is_black_outside_the_image) {
  EXPECT_EQ(reds({-1, 2, 1, 4}), (std::vector<int>{0, 21, 0, 0}));
  EXPECT_EQ(reds({4, 0, 5, 1}), (std::vector<int>{0}));
}

TEST(Crop, without_a_pixel_is_nullopt) {
  EXPECT_TRUE(reds({1.2F, 0, 1.4F, 3}).empty());
  EXPECT_TRUE(reds({3, 2, 1, 1}).empty());
}

TEST(Crop, far_outside_the_image_is_refused) {
  EXPECT_THROW(reds({0, 0, 1e9F, 1}), std::invalid_argument);
  EXPECT_THROW(reds({0, 0, std::nanf(""), 1}), std::invalid_argument);
}

}  // namespace
}  // namespace tise::image
