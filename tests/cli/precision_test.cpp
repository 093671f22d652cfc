// --precision: its effect is small, stated in report and signature, and precisions are never mixed.

#include <gmock/gmock.h>

#include "demo.h"
#include "tise/models/models.h"

namespace tise::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Arguments job(const std::string& precision, const Arguments& more) {
  Arguments arguments = demo_run("faithful", {"--device", "cpu", "--precision", precision});
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

class Bfloat16 : public ::testing::Test {
 protected:
  void SetUp() override {
    const bool there = models::parse_precision("auto", c10::kCPU) == models::Precision::kBf16;
    if (!there) GTEST_SKIP() << "this CPU has no instructions for bfloat16";
  }
};

TEST_F(Bfloat16, changes_every_metric_a_little_and_is_in_report_and_signature) {
  const nlohmann::json report = report_of(tise_eval(job("bf16", {"--real", demo("real")})));
  EXPECT_EQ(report["run"]["precision"], "bf16");
  EXPECT_THAT(report["signature"].get<std::string>(), HasSubstr("precision:bf16"));
  const auto full = values(demo_report("faithful"));
  const auto half = values(report);
  ASSERT_EQ(full.size(), half.size());
  for (const auto& [key, value] : full) {
    EXPECT_NEAR(half.at(key), value, 0.03 * std::abs(value) + 0.01) << key;
  }
  for (const char* key : {"CLIP-S", "IS", "FID", "O-IS", "O-FID"})
    EXPECT_NE(half.at(key), full.at(key)) << key;
}

TEST_F(Bfloat16, is_what_auto_chooses) {
  EXPECT_EQ(report_of(tise_eval(job("auto", {"--metrics", "CLIP-S"})))["run"]["precision"], "bf16");
}

TEST_F(Bfloat16, features_are_not_compared_with_statistics_in_float32) {
  const Outcome run = tise_eval(job("bf16", {"--real", real_statistics(), "--metrics", "FID"}));
  EXPECT_EQ(run.code, 3);
  EXPECT_THAT(run.err, AllOf(HasSubstr("made with precision \"fp32\""), HasSubstr("this run has \"bf16\"")));
}

TEST_F(Bfloat16, rows_do_not_go_into_a_store_in_float32) {
  const TempFolder folder;
  const std::string store = (folder / "store").string();
  ASSERT_EQ(tise_eval(job("fp32", {"--metrics", "CLIP-S", "--store", store})).code, 0);
  const Outcome run = tise_eval(job("bf16", {"--metrics", "CLIP-S", "--store", store}));
  EXPECT_EQ(run.code, 3);
  EXPECT_THAT(run.err, AllOf(HasSubstr("made with --precision fp32, but this run uses bf16"),
                             HasSubstr("--precision")));
}

TEST(Precision, that_the_device_does_not_support_is_a_device_error) {
  const Outcome run = tise_eval(job("fp16", {"--metrics", "CLIP-S"}));
  EXPECT_EQ(run.code, 4);
  EXPECT_THAT(run.err, AllOf(HasSubstr("--precision fp16"), HasSubstr("bf16 or auto")));
}

TEST(Precision, with_an_unknown_name_is_wrong_usage) {
  const Outcome run = tise_eval(job("fp8", {}));
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.err, AllOf(HasSubstr("fp8"), HasSubstr("fp32")));
}

}  // namespace
}  // namespace tise::testing
