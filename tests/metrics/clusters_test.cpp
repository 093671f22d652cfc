#include "tise/metrics/clusters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/samples_of.h"
#include "tise/metrics/bias.h"

namespace tise::metrics {
namespace {

using ::testing::ElementsAre;

/// Samples with `captions` captions and `each` images of each of them.
Samples images_of_captions(std::size_t captions, std::size_t each) {
  Samples samples;
  samples.images = testing::names_of(static_cast<std::int64_t>(captions * each));
  for (std::size_t i = 0; i < samples.images.size(); ++i) {
    SamplePair& pair = samples.pairs.emplace_back();
    pair.image = i;
    pair.caption = i / each;
  }
  return samples;
}

std::vector<std::size_t> all_images(const Samples& samples) {
  std::vector<std::size_t> images;
  for (std::size_t i = 0; i < samples.images.size(); ++i) images.push_back(i);
  return images;
}

TEST(Components, join_what_caption_and_image_cross) {
  // Image 0 has captions 0 and 1, image 1 has 1, image 2 has 2.
  EXPECT_THAT(components_of({{0, 1, 1, 2}, {0, 0, 1, 2}}), ElementsAre(0, 0, 0, 1));
}

TEST(Parts, keep_the_images_of_a_caption_together_and_are_a_half_and_two_quarters) {
  const Samples samples = images_of_captions(40, 3);
  const Parts parts = parts_of(samples, all_images(samples));
  for (std::size_t i = 0; i < parts.of_image.size(); ++i)
    EXPECT_EQ(parts.of_image[i], parts.of_image[i / 3 * 3]);
  EXPECT_EQ(std::count(parts.of_image.begin(), parts.of_image.end(), Part::kFirstQuarter), 30);
  EXPECT_EQ(std::count(parts.of_image.begin(), parts.of_image.end(), Part::kSecondQuarter), 30);
}

TEST(Parts, are_none_if_over_a_tenth_of_the_images_vary_together) {
  const Samples ten = images_of_captions(10, 4);
  EXPECT_FALSE(parts_of(ten, all_images(ten)).of_image.empty());
  const Samples nine = images_of_captions(9, 4);
  EXPECT_TRUE(parts_of(nine, all_images(nine)).of_image.empty());
  EXPECT_NE(parts_of(nine, all_images(nine)).reason, "");
}

TEST(Parts, split_single_images_if_captions_are_empty_or_missing) {
  Samples samples = images_of_captions(1, 40);
  samples.pairs[0].is_caption_empty = true;
  for (SamplePair& pair : samples.pairs) pair.is_caption_empty = true;
  const Parts empty = parts_of(samples, all_images(samples));
  samples.pairs.clear();
  EXPECT_EQ(empty.of_image, parts_of(samples, all_images(samples)).of_image);
  EXPECT_EQ(std::count(empty.of_image.begin(), empty.of_image.end(), Part::kOtherHalf), 20);
}

TEST(Bias, of_a_value_with_a_bias_proportional_to_one_over_n_is_exact) {
  // 5 + 12/n at 60, 30 and 15.
  const AtSize whole{5.2, 1.0 / 60};
  const AtSize halves{5.4, 1.0 / 30};
  const AtSize quarters{5.8, 1.0 / 15};
  EXPECT_NEAR(bias_of(whole, halves), 0.2, 1e-12);
  EXPECT_NEAR(curvature_of(whole, halves, halves, quarters), 0.0, 1e-12);
}

TEST(Bias, has_a_curvature_if_it_is_not_proportional_to_one_over_n) {
  // 5 + 12/n + 360/n²: the line through n and n/2 ends at 5 − 2 · 360/n² = 4.8.
  const auto at = [](double n) { return AtSize{5.0 + 12.0 / n + 360.0 / n / n, 1.0 / n}; };
  EXPECT_NEAR(at(60).value - bias_of(at(60), at(30)), 4.8, 1e-12);
  EXPECT_NEAR(curvature_of(at(60), at(30), at(30), at(15)), 0.2, 1e-12);
}

}  // namespace
}  // namespace tise::metrics
