// The GPU prepares pictures exactly as the CPU does.

#include "tise/models/prepare_on_cuda.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <random>

#include "tise/models/models.h"

namespace tise::models {
namespace {

using image::Filter;
using image::Preparation;
using image::Range;
using image::Step;

const Preparation kClip{.steps = {{.kind = Step::Kind::kResizeShorter, .width = 224, .height = 224},
                                  {.kind = Step::Kind::kCrop, .width = 224, .height = 224}},
                        .range = Range::kUnit,
                        .mean = {0.48F, 0.45F, 0.4F},
                        .std = {0.26F, 0.27F, 0.28F}};

Preparation to_box(int width, int height, Filter filter) {
  return {.steps = {{.kind = Step::Kind::kResize, .width = width, .height = height, .filter = filter}},
          .range = Range::kByte,
          .mean = {128, 128, 128},
          .std = {128, 128, 128}};
}

const Preparation kInception = to_box(299, 299, Filter::kTf1Bilinear);

std::shared_ptr<const image::Pixels> noise(int width, int height) {
  static std::mt19937 draw(7);
  image::Pixels pixels{width, height, {}};
  for (int i = 0; i < 3 * width * height; ++i) pixels.rgb.push_back(static_cast<std::uint8_t>(draw()));
  return std::make_shared<const image::Pixels>(std::move(pixels));
}

TEST(PrepareOnCuda, supports_8_bit_resizes_and_tensorflows_to_one_size) {
  EXPECT_TRUE(prepares_on_cuda(kClip));
  EXPECT_TRUE(prepares_on_cuda(kInception));
  EXPECT_TRUE(prepares_on_cuda(to_box(9, 7, Filter::kPillowLanczos)));
  EXPECT_FALSE(prepares_on_cuda(to_box(9, 9, Filter::kTorchBilinear)));
  EXPECT_FALSE(prepares_on_cuda(to_box(9, 9, Filter::kPillowFloatBicubic)));
  Preparation other = kClip;
  other.steps.pop_back();
  EXPECT_FALSE(prepares_on_cuda(other)) << "sizes differ";
  other.steps.clear();
  EXPECT_FALSE(prepares_on_cuda(other));
  other = to_box(9, 9, Filter::kTf1Bilinear);
  other.steps.push_back(kClip.steps.back());
  EXPECT_FALSE(prepares_on_cuda(other)) << "TensorFlow's can't be followed by a crop";
}

TEST(PrepareOnCuda, prepares_pictures_exactly_as_the_cpu_does) {
  if (!parse_device("auto").is_cuda()) GTEST_SKIP() << "needs a CUDA device";
  Pictures pictures;
  for (const auto& [width, height] :
       {std::pair(256, 256), {640, 480}, {37, 91}, {256, 256}, {224, 224}, {300, 1000}, {1, 5}, {299, 299}}) {
    pictures.push_back(noise(width, height));
  }
  for (Preparation how : {kClip, kInception, to_box(31, 57, Filter::kPillowBilinear)}) {
    for (const Range range : {Range::kUnit, Range::kByte}) {
      how.range = range;
      const at::Tensor made = prepare_on_cuda(pictures, how, parse_device("cuda")).cpu();
      for (std::size_t i = 0; i < pictures.size(); ++i) {
        const at::Tensor expected = image::prepare(*pictures[i], how);
        const at::Tensor own = made[static_cast<std::int64_t>(i)];
        EXPECT_TRUE(torch::equal(own, expected))
            << to_string(how) << ", picture " << i << ": " << (own - expected).abs().max();
      }
    }
  }
  EXPECT_TRUE(torch::equal(prepare_on_cuda({pictures[0]}, kClip, parse_device("cuda")).cpu()[0],
                           image::prepare(*pictures[0], kClip)));
}

}  // namespace
}  // namespace tise::models
