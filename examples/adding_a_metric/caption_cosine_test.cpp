#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "metrics/samples_of.h"
#include "tise/report/report.h"

namespace tise::metrics {
namespace {

using ::testing::HasSubstr;

TEST(CaptionCosine, is_the_mean_of_the_cosines) {
  const at::Tensor images = torch::tensor({{1.0F, 0.0F}, {0.0F, 2.0F}});
  const at::Tensor texts = torch::tensor({{1.0F, 0.0F}, {3.0F, 4.0F}});
  const Result result = testing::compute("CLIP-cos", testing::images_with_captions(images, texts));
  EXPECT_NEAR(result.value.value(), (1.0 + 0.8) / 2.0, 1e-12);
  EXPECT_EQ(result.n, 2U);
}

TEST(CaptionCosine, of_nothing_is_undefined) {
  const at::Tensor none = torch::empty({0, 2});
  EXPECT_EQ(testing::compute("CLIP-cos", testing::images_with_captions(none, none)).reason, "no pairs");
}

/// A report with only this metric, by a CLIP.
report::Report report_by(const std::string& sha256) {
  report::Report report;
  report.run.precision = "fp32";
  report.metrics = {{"CLIP-cos", true, Result::of(0.5, 3)}};
  report.played["clip"] = "clip";
  report.models["clip"] = {
      .kind = "clip", .name = "ViT-B/32", .sha256 = sha256, .preparation = "none/none/0x0"};
  return report;
}

/// Both follow from its description; nothing else names it.
TEST(CaptionCosine, has_its_network_in_signatures_and_is_explained) {
  const std::string signature = report::signature(report_by("0123456789abcdef"));
  EXPECT_THAT(signature, HasSubstr("|clip:ViT-B/32@0123456789ab|"));
  EXPECT_NE(report::signature(report_by("fedcba9876543210")), signature);
  const std::string text = report::explain(signature);
  EXPECT_THAT(text, HasSubstr("CLIP-cos: mean over pairs of cos(image, caption)."));
  EXPECT_THAT(text, HasSubstr("The network of images and texts. Affects CLIP-cos."));
}

}  // namespace
}  // namespace tise::metrics
