#include "tise/image/open.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "image/golden.h"

namespace tise::image {
namespace {

using testing::bytes_of;

std::string refusal_of(const std::string& name, const Opening& opening = {}) {
  try {
    look_over(bytes_of("decode/" + name), opening);
    open(bytes_of("decode/" + name), opening);
    return "";
  } catch (const DecodeError& error) {
    return error.what();
  }
}

TEST(Open, an_animated_file_is_refused_unless_its_first_frame_is_requested) {
  for (const char* name :
       {"animated.webp", "animated-lossless.webp", "animated-island.webp", "animated.png"}) {
    EXPECT_EQ(refusal_of(name), "animated, 2 frames; use --first-frame to read only the first") << name;
    EXPECT_EQ(refusal_of(name, {.first_frame = true}), "") << name;
    EXPECT_EQ(look_over(bytes_of(std::string("decode/") + name), {.first_frame = true}).frames, 2) << name;
  }
}

TEST(Open, exif_orientation_is_applied_only_on_request) {
  for (const char* name : {"orientation.jpg", "orientation.png"}) {
    const auto bytes = bytes_of(std::string("decode/") + name);
    const Picture lying = open(bytes, {});
    const Picture turned = open(bytes, {.turns = true});
    EXPECT_EQ(lying.header.orientation, 6) << name;
    EXPECT_EQ(std::pair(lying.pixels.width, lying.pixels.height), std::pair(53, 40)) << name;
    EXPECT_EQ(std::pair(turned.pixels.width, turned.pixels.height), std::pair(40, 53)) << name;
    // The first pixel ends up at the right end of the first row.
    EXPECT_EQ(lying.pixels.rgb[0], turned.pixels.rgb[3 * 39]) << name;
  }
}

TEST(Open, a_tiffs_own_orientation_is_applied_once) {
  const auto bytes = bytes_of("decode/orientation.tif");
  EXPECT_EQ(open(bytes, {}).pixels.rgb, open(bytes, {.turns = true}).pixels.rgb);
  EXPECT_EQ(look_over(bytes, {}).orientation, 1);
}

TEST(Open, turning_matches_pillow_for_all_eight_orientations) {
  for (const nlohmann::json& golden : testing::expected("turn")) {
    const Pixels pixels = turned(testing::drawn(31, 17), golden.at("orientation"));
    EXPECT_EQ(std::pair(pixels.width, pixels.height), (golden.at("size").get<std::pair<int, int>>()))
        << golden;
    EXPECT_EQ(sha256_hex(pixels.rgb.data(), pixels.rgb.size()), golden.at("sha256")) << golden;
  }
}

TEST(Open, the_transform_comes_after_the_turn) {
  const Picture picture =
      open(bytes_of("decode/orientation.jpg"), {.turns = true, .transform = parse_transform("crop=10x50")});
  EXPECT_EQ(std::pair(picture.pixels.width, picture.pixels.height), std::pair(10, 50));
  EXPECT_EQ(std::pair(picture.header.width, picture.header.height),
            (std::pair<std::int64_t, std::int64_t>(53, 40)));
}

}  // namespace
}  // namespace tise::image
