#include "tise/image/prepare.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <tuple>

#include "image/golden.h"

namespace tise::image {
namespace {

using testing::bytes_of;
using testing::expected;
using testing::hash_of;
using testing::preparation_of;

/// EDM2 computes (x / 255 - mean) / std of the resized pixels, we (x - 255 mean) / (255 std), which rounds
/// once less. For all float32 numbers x from -128 to 384 (a bicubic resize of bytes overshoots less), the two
/// differ by at most 9.6e-7: two units in the last place of the largest results, above 4. Here it is 4.8e-7.
constexpr double kNearly = 1e-6;

/// Runs on two threads, as the reference implementations did: the rounding of torch's bilinear resize depends
/// on how the work is split.
class Reference : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { at::set_num_threads(2); }
  void TearDown() override { at::set_num_threads(threads_); }

 private:
  const int threads_ = at::get_num_threads();
};

TEST_P(Reference, is_matched) {
  std::size_t cases = 0;
  for (const nlohmann::json& golden : expected("prepare")) {
    if (golden.at("reference") != GetParam()) continue;
    ++cases;
    const std::string name = golden.at("picture");
    const bool is_exact = golden.at("sha256") != "";
    const at::Tensor tensor =
        prepare(decode(bytes_of("prepare/" + name)), preparation_of(golden.at("input")));
    ASSERT_EQ(tensor.sizes().vec(), golden.at("shape").get<std::vector<std::int64_t>>()) << name;
    ASSERT_EQ(tensor.scalar_type(), at::kFloat);
    for (const auto& [index, value] :
         golden.at("samples").get<std::vector<std::pair<std::int64_t, float>>>()) {
      EXPECT_NEAR(tensor.flatten()[index].item<float>(), value, is_exact ? 0 : kNearly)
          << name << " at " << index;
    }
    if (!is_exact) continue;
    EXPECT_EQ(hash_of(tensor), golden.at("sha256")) << name;
  }
  EXPECT_GE(cases, 10U);
}

INSTANTIATE_TEST_SUITE_P(Preparation, Reference,
                         ::testing::Values("clip", "clip-bilinear", "stretch", "torch-fidelity",
                                           "pytorch-fid", "clean-fid", "cmmd", "dgm", "edm2", "prx", "hpsv2",
                                           "detector"));

Pixels flat(int width, int height, std::uint8_t value) {
  return {width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * width * height), value)};
}

Preparation of_bytes(Steps steps) { return {.steps = std::move(steps), .range = Range::kByte}; }

Preparation clip() {
  return {.steps = {{.kind = Step::Kind::kResizeShorter, .width = 224, .height = 224},
                    {.kind = Step::Kind::kCrop, .width = 224, .height = 224}}};
}

Step to_box(int width, int height, Filter filter) {
  return {.kind = Step::Kind::kResize, .width = width, .height = height, .filter = filter};
}

TEST(Prepare, channels_are_planes_with_red_first) {
  const Pixels pixels{2, 1, {255, 0, 51, 0, 102, 204}};
  const at::Tensor tensor = prepare(pixels, of_bytes({}));
  EXPECT_TRUE(at::equal(tensor, at::tensor({255.0F, 0.0F, 0.0F, 102.0F, 51.0F, 204.0F}).view({3, 1, 2})));
}

TEST(Prepare, each_channel_has_its_own_mean_and_deviation) {
  const Preparation preparation{.steps = {}, .range = Range::kByte, .mean = {1, 2, 3}, .std = {1, 2, 4}};
  const at::Tensor tensor = prepare(flat(1, 1, 11), preparation);
  EXPECT_TRUE(at::equal(tensor.flatten(), at::tensor({10.0F, 4.5F, 2.0F})));
}

TEST(Prepare, a_flat_image_stays_flat_with_every_filter) {
  for (const char* name :
       {"pillow-box", "pillow-bilinear", "pillow-bicubic", "pillow-lanczos", "pillow-float-bicubic",
        "torch-bilinear", "torch-bicubic", "torch-bicubic-antialias", "tf1-bilinear"}) {
    const at::Tensor tensor = prepare(flat(40, 3, 200), of_bytes({to_box(17, 9, parse_filter(name))}));
    EXPECT_EQ(tensor.sizes().vec(), (std::vector<std::int64_t>{3, 9, 17}));
    EXPECT_TRUE(at::allclose(tensor, at::full({3, 9, 17}, 200.0F), 1e-6, 0)) << name;
  }
}

TEST(Prepare, steps_after_a_float_resize_are_applied_to_floats) {
  for (const Filter filter : {Filter::kTf1Bilinear, Filter::kTorchBicubic, Filter::kPillowFloatBicubic}) {
    const Pixels pixels = testing::drawn(40, 30);
    const at::Tensor whole = prepare(pixels, of_bytes({to_box(20, 16, filter)}));
    const at::Tensor cropped = prepare(
        pixels, of_bytes({to_box(20, 16, filter), {.kind = Step::Kind::kCrop, .width = 10, .height = 6}}));
    EXPECT_TRUE(at::allclose(cropped, whole.slice(1, 5, 11).slice(2, 5, 15), 1e-6, 1e-5))
        << to_string(filter);
    const at::Tensor padded =
        prepare(pixels, of_bytes({to_box(20, 16, filter),
                                  {.kind = Step::Kind::kPad, .width = 23, .height = 16, .value = 9}}));
    EXPECT_TRUE(at::equal(padded.slice(2, 1, 21), whole));
    EXPECT_TRUE((padded.slice(2, 21) == 9).all().item<bool>());
    EXPECT_TRUE((padded.slice(2, 0, 1) == 9).all().item<bool>());
  }
}

TEST(Prepare, an_image_that_does_not_fit_a_step_is_a_bad_image) {
  try {
    prepare(flat(4, 5, 0), of_bytes({{.kind = Step::Kind::kCrop, .width = 9, .height = 3}}));
    FAIL();
  } catch (const DecodeError& error) {
    EXPECT_STREQ(error.what(), "4 x 5 pixels, too small for crop=9x3 (the card's steps)");
  }
}

TEST(Prepare, a_very_thin_image_costs_no_more_than_its_crop) {
  // Resize(224) of 1 x 60000 makes 13 million rows, of which only 224 are wanted.
  const at::Tensor tensor = prepare(flat(1, 60'000, 9), clip());
  EXPECT_EQ(tensor.sizes().vec(), (std::vector<std::int64_t>{3, 224, 224}));
}

TEST(Prepare, a_resize_that_computes_the_full_size_must_not_be_too_large) {
  const Step shorter{
      .kind = Step::Kind::kResizeShorter, .width = 224, .height = 224, .filter = Filter::kTorchBicubic};
  const Steps steps{shorter, {.kind = Step::Kind::kCrop, .width = 224, .height = 224}};
  EXPECT_THROW(prepare(flat(1, 60'000, 9), of_bytes(steps)), DecodeError);
}

TEST(Prepare, the_margin_of_a_crop_is_halved_half_to_even) {
  // 224 x 227 and 224 x 229 leave 3 and 5 rows; torchvision drops round(1.5) = 2 and round(2.5) = 2 at the
  // top.
  for (const int height : {227, 229}) {
    Pixels pixels = flat(224, height, 0);
    constexpr std::ptrdiff_t kRow = 672;  // 3 x 224
    std::fill_n(pixels.rgb.begin() + 2 * kRow, kRow, std::uint8_t{255});
    const at::Tensor tensor = prepare(pixels, clip());
    EXPECT_EQ(tensor[0][0].sum().item<float>(), 224.0F) << height;
  }
}

TEST(Prepare, half_a_pixel_may_be_rounded_down) {
  // 2 x 5 and 2 x 9: margins of 3 and 7 begin at 1.5 and 3.5.
  for (const auto& [height, to_even, down] : {std::tuple(5, 2, 1), {9, 4, 3}}) {
    Pixels pixels = flat(2, height, 0);
    for (int y = 0; y < height; ++y)
      pixels.rgb[static_cast<std::size_t>(y) * 6] = static_cast<std::uint8_t>(y);
    Step crop{.kind = Step::Kind::kSquare};
    EXPECT_EQ(prepare(pixels, of_bytes({crop}))[0][0][0].item<int>(), to_even);
    crop.half = Half::kDown;
    EXPECT_EQ(prepare(pixels, of_bytes({crop}))[0][0][0].item<int>(), down);
  }
}

TEST(BadPreparation, resizes_bytes_after_floats) {
  const Steps steps{to_box(9, 9, Filter::kTf1Bilinear), to_box(4, 4, Filter::kPillowBox)};
  EXPECT_THROW(check_steps(steps), std::invalid_argument);
  EXPECT_THROW(prepare(flat(4, 4, 0), of_bytes(steps)), std::invalid_argument);
}

TEST(BadPreparation, an_unknown_name_lists_the_known_ones) {
  try {
    parse_filter("bicubic");
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(),
                 "unknown filter \"bicubic\" (known: pillow-box, pillow-bilinear, pillow-bicubic, "
                 "pillow-lanczos, pillow-float-bicubic, torch-bilinear, torch-bicubic, "
                 "torch-bicubic-antialias, tf1-bilinear)");
  }
  EXPECT_THROW(parse_range("0..2"), std::invalid_argument);
}

TEST(Steps, that_always_end_at_the_same_size_report_it) {
  const auto size_of = [](const char* steps) { return fixed_size(parse_transform(steps)); };
  EXPECT_EQ(size_of(""), std::nullopt);
  EXPECT_EQ(size_of("square"), std::nullopt);
  EXPECT_EQ(size_of("resize=9:box"), std::nullopt);
  EXPECT_EQ(size_of("resize-longer=9:box"), std::nullopt);
  EXPECT_EQ(size_of("resize=9x4:box"), (PictureSize{9, 4}));
  EXPECT_EQ(size_of("resize=9x4:box,square"), (PictureSize{4, 4}));
  EXPECT_EQ(size_of("resize=9x4:box,resize=8:box"), (PictureSize{18, 8}));
  EXPECT_EQ(size_of("square,resize=9:box"), (PictureSize{9, 9}));
  EXPECT_EQ(size_of("square,resize-longer=9:box"), (PictureSize{9, 9}));
  EXPECT_EQ(size_of("resize=9:box,crop=7x9"), (PictureSize{7, 9}));
  EXPECT_EQ(size_of("resize-longer=9:box,pad=9"), (PictureSize{9, 9}));
}

TEST(Ranges, read_back) {
  for (const char* name : {"0..1", "0..255"}) EXPECT_EQ(to_string(parse_range(name)), name);
}

}  // namespace
}  // namespace tise::image
