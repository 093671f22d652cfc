#include "tise/image/prepare.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "image/golden.h"

namespace tise::image {
namespace {

using testing::bytes_of;
using testing::expected;
using testing::hash_of;
using testing::preparation_of;

/// On two threads, as the reference implementations ran: torch's own bilinear resize rounds by how it is cut.
class Reference : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { at::set_num_threads(2); }
  void TearDown() override { at::set_num_threads(threads_); }

 private:
  const int threads_ = at::get_num_threads();
};

TEST_P(Reference, is_met_to_the_bit) {
  std::size_t cases = 0;
  for (const nlohmann::json& golden : expected("prepare")) {
    if (golden.at("reference") != GetParam()) continue;
    ++cases;
    const std::string name = golden.at("picture");
    const at::Tensor tensor =
        prepare(decode(bytes_of("prepare/" + name)), preparation_of(golden.at("input")));
    ASSERT_EQ(tensor.sizes().vec(), golden.at("shape").get<std::vector<std::int64_t>>()) << name;
    ASSERT_EQ(tensor.scalar_type(), at::kFloat);
    for (const auto& [index, value] :
         golden.at("samples").get<std::vector<std::pair<std::int64_t, float>>>()) {
      EXPECT_EQ(tensor.flatten()[index].item<float>(), value) << name << " at " << index;
    }
    EXPECT_EQ(hash_of(tensor), golden.at("sha256")) << name;
  }
  EXPECT_GE(cases, 10U);
}

INSTANTIATE_TEST_SUITE_P(Preparation, Reference,
                         ::testing::Values("clip", "clip-bilinear", "stretch", "torch-fidelity",
                                           "pytorch-fid", "clean-fid", "detector"));

Pixels flat(int width, int height, std::uint8_t value) {
  return {width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * width * height), value)};
}

const Preparation kClip{.width = 224,
                        .height = 224,
                        .resize = Resize::kPillowBicubic,
                        .fit = Fit::kShortestSideCenterCrop,
                        .range = Range::kUnit};

TEST(Prepare, channels_are_planes_with_red_first) {
  const Pixels pixels{2, 1, {255, 0, 51, 0, 102, 204}};
  const at::Tensor tensor = prepare(pixels, {.range = Range::kByte});
  EXPECT_TRUE(at::equal(tensor, at::tensor({255.0F, 0.0F, 0.0F, 102.0F, 51.0F, 204.0F}).view({3, 1, 2})));
}

TEST(Prepare, each_channel_has_its_own_mean_and_deviation) {
  const Preparation preparation{.range = Range::kByte, .mean = {1, 2, 3}, .std = {1, 2, 4}};
  const at::Tensor tensor = prepare(flat(1, 1, 11), preparation);
  EXPECT_TRUE(at::equal(tensor.flatten(), at::tensor({10.0F, 4.5F, 2.0F})));
}

TEST(Prepare, a_flat_picture_stays_flat_whatever_the_resize) {
  for (const Resize resize : {Resize::kPillowBicubic, Resize::kPillowBilinear, Resize::kPillowBicubicFloat,
                              Resize::kTf1Bilinear, Resize::kTorchBilinear}) {
    const Preparation preparation{
        .width = 17, .height = 9, .resize = resize, .fit = Fit::kStretch, .range = Range::kByte};
    const at::Tensor tensor = prepare(flat(40, 3, 200), preparation);
    EXPECT_EQ(tensor.sizes().vec(), (std::vector<std::int64_t>{3, 9, 17}));
    EXPECT_TRUE(at::allclose(tensor, at::full({3, 9, 17}, 200.0F), 1e-6, 0)) << to_string(resize);
  }
}

TEST(Prepare, a_ribbon_costs_no_more_than_its_middle) {
  // Resize(224) of 1 x 60000 has 13 million rows, of which 224 are wanted.
  const at::Tensor tensor = prepare(flat(1, 60'000, 9), kClip);
  EXPECT_EQ(tensor.sizes().vec(), (std::vector<std::int64_t>{3, 224, 224}));
}

TEST(Prepare, the_margin_of_a_crop_is_halved_half_to_even) {
  // 224 x 227 and 224 x 229 leave 3 and 5 rows; torchvision drops round(1.5) = 2 and round(2.5) = 2 at the
  // top.
  for (const int height : {227, 229}) {
    Pixels pixels = flat(224, height, 0);
    constexpr std::ptrdiff_t kRow = 672;  // 3 x 224
    std::fill_n(pixels.rgb.begin() + 2 * kRow, kRow, std::uint8_t{255});
    const at::Tensor tensor = prepare(pixels, kClip);
    EXPECT_EQ(tensor[0][0].sum().item<float>(), 224.0F) << height;
  }
}

TEST(BadPreparation, what_no_reference_does_is_refused) {
  const Pixels pixels = flat(4, 4, 0);
  Preparation preparation = kClip;
  preparation.height = 100;
  EXPECT_THROW(prepare(pixels, preparation), std::invalid_argument);
  preparation = kClip;
  preparation.resize = Resize::kTf1Bilinear;
  EXPECT_THROW(prepare(flat(4, 5, 0), preparation), std::invalid_argument);
  preparation = kClip;
  preparation.resize = Resize::kNone;
  EXPECT_THROW(prepare(pixels, preparation), std::invalid_argument);
}

TEST(BadPreparation, an_unknown_name_lists_the_known_ones) {
  try {
    parse_resize("bicubic");
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(
        error.what(),
        "unknown resize \"bicubic\" (known: none, pillow-bicubic, pillow-bilinear, pillow-bicubic-float, "
        "tf1-bilinear, torch-bilinear)");
  }
  EXPECT_THROW(parse_fit(""), std::invalid_argument);
  EXPECT_THROW(parse_range("0..2"), std::invalid_argument);
}

TEST(Preparation, names_read_back) {
  for (const char* name : {"none", "pillow-bicubic", "pillow-bilinear", "pillow-bicubic-float",
                           "tf1-bilinear", "torch-bilinear"}) {
    EXPECT_EQ(to_string(parse_resize(name)), name);
  }
  for (const char* name : {"none", "stretch", "shortest-side-center-crop"})
    EXPECT_EQ(to_string(parse_fit(name)), name);
  for (const char* name : {"0..1", "0..255"}) EXPECT_EQ(to_string(parse_range(name)), name);
}

}  // namespace
}  // namespace tise::image
