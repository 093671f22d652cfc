#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>

#include "image/golden.h"
#include "tise/image/steps.h"

namespace tise::image {
namespace {

using testing::drawn;
using ::testing::HasSubstr;

void expect_golden(const Pixels& pixels, const nlohmann::json& golden) {
  EXPECT_EQ(std::pair(pixels.width, pixels.height), (golden.at("size").get<std::pair<int, int>>())) << golden;
  EXPECT_EQ(sha256_hex(pixels.rgb.data(), pixels.rgb.size()), golden.at("sha256")) << golden;
}

std::string why_no_transform(const std::string& transform) {
  try {
    parse_transform(transform);
    return "";
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

TEST(Transform, of_fifty_odd_sizes_matches_pillow_byte_for_byte) {
  for (const nlohmann::json& golden : testing::expected("transform")) {
    const Steps transform = parse_transform(golden.at("transform").get<std::string>());
    expect_golden(transformed(drawn(golden.at("width"), golden.at("height")), transform), golden);
  }
}

TEST(Transform, is_read_back_from_its_written_form) {
  const std::vector<std::pair<std::string, std::string>> spellings{
      {"", ""},
      {"square", "square"},
      {"square:floor,crop=8:floor", "square:floor,crop=8x8:floor"},
      {"square,resize=256:lanczos", "square,resize=256:pillow-lanczos"},
      {"resize=256:pillow-bicubic", "resize=256:pillow-bicubic"},
      {"resize=256x256:box", "resize=256x256:pillow-box"},
      {"resize-longer=9:bilinear,pad=9", "resize-longer=9:pillow-bilinear,pad=9x9:0"},
      {"pad=9x7:255,crop=5", "pad=9x7:255,crop=5x5"}};
  for (const auto& [spelled, canonical] : spellings) {
    EXPECT_EQ(to_string(parse_transform(spelled)), canonical);
    EXPECT_EQ(parse_transform(canonical), parse_transform(spelled));
  }
}

TEST(Transform, that_is_invalid_is_refused_with_the_alternatives) {
  EXPECT_EQ(why_no_transform("squar"),
            "\"squar\": no such step; the steps are square, crop, resize, resize-longer, pad (did you mean "
            "square?)");
  EXPECT_EQ(
      why_no_transform("resize=256"),
      "\"resize=256\": needs a filter (box, bilinear, bicubic, lanczos), for example resize=256:lanczos");
  EXPECT_THAT(why_no_transform("resize=256:nearest"), HasSubstr("needs a filter"));
  EXPECT_THAT(why_no_transform("crop=0"), HasSubstr("expected crop=N or crop=WxH"));
  EXPECT_THAT(why_no_transform("crop=20000"), HasSubstr("from 1 to 16384"));
  EXPECT_THAT(why_no_transform("crop=5:lanczos"), HasSubstr("expected crop=N or crop=WxH"));
  EXPECT_THAT(why_no_transform("square=5"), HasSubstr("\"square=5\": expected square"));
  EXPECT_THAT(why_no_transform("resize-longer=5x5:box"), HasSubstr("expected resize-longer=N:FILTER"));
  EXPECT_THAT(why_no_transform("pad=5:256"), HasSubstr("expected a gray value from 0 to 255"));
  EXPECT_THAT(why_no_transform("square,"), HasSubstr("expected a step after the last comma"));
  EXPECT_THAT(why_no_transform("square,,crop=5"), HasSubstr("no such step"));
}

TEST(Transform, that_does_not_fit_an_image_makes_it_a_bad_image) {
  const auto complaint = [](const char* transform) -> std::string {
    try {
      transformed(drawn(30, 20), parse_transform(transform));
      return "";
    } catch (const DecodeError& error) {
      return error.what();
    }
  };
  EXPECT_EQ(complaint("crop=21"), "30 x 20 pixels, too small for crop=21x21 (--transform)");
  EXPECT_EQ(complaint("pad=29"), "30 x 20 pixels, too large for pad=29x29:0 (--transform)");
  EXPECT_EQ(complaint("crop=20,pad=30"), "");
}

TEST(Transform, that_would_make_too_many_pixels_makes_an_image_bad) {
  EXPECT_THROW(transformed(drawn(16'000, 1), parse_transform("resize=16384:box")), DecodeError);
  EXPECT_THROW(check_fits(1 << 28, 1, parse_transform("resize=16384:box")), DecodeError);
}

}  // namespace
}  // namespace tise::image
