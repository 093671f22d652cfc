// --device: several compute side by side, and give what one alone gives.

#include <gmock/gmock.h>

#include "demo.h"
#include "tise/models/models.h"

namespace tise::testing {
namespace {

using ::testing::HasSubstr;

nlohmann::json report_on(const std::string& device, const Arguments& more) {
  Arguments arguments = demo_run("miscounting", {"--device", device});
  arguments.insert(arguments.end(), more.begin(), more.end());
  return report_of(tise_eval(arguments));
}

TEST(SeveralDevices, give_the_numbers_of_one) {
  const Arguments more{"--real", real_statistics()};
  const nlohmann::json alone = report_on("cpu", more);
  const nlohmann::json beside = report_on("cpu,cpu", more);
  EXPECT_EQ(beside["run"]["device"], "cpu,cpu");
  EXPECT_EQ(beside["signature"], alone["signature"]);
  expect_same(values(alone), values(beside), 1e-5);
}

TEST(SeveralDevices, make_crops_of_stored_detections_too) {
  const TempFolder folder;
  const std::string store = (folder / "store").string();
  report_on("cpu,cpu", {"--metrics", "SOA-C", "--store", store});
  const Arguments crops{"--metrics", "O-IS", "--store", store};
  expect_same(values(report_on("cpu", {"--metrics", "O-IS"})), values(report_on("cpu,cpu", crops)), 1e-5);
}

TEST(Gpu, gives_the_numbers_of_the_cpu) {
  if (!models::parse_device("auto").is_cuda()) GTEST_SKIP() << "needs a CUDA device";
  const Arguments more{"--real", real_statistics()};
  expect_same(values(report_on("cpu", more)), values(report_on("cuda", more)), 1e-5);
}

TEST(SeveralDevices, are_all_named) {
  const Outcome run = tise_eval(demo_run("miscounting", {"--device", "cpu,auto"}));
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.err, HasSubstr("auto goes alone"));
}

}  // namespace
}  // namespace tise::testing
