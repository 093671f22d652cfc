// --device: several devices compute side by side, and give what one alone gives.

#include <gmock/gmock.h>

#include "demo.h"
#include "tise/models/models.h"

namespace tise::testing {
namespace {

using ::testing::HasSubstr;

nlohmann::json report_on(const std::string& device, const SmallWorld& world, const Arguments& more = {}) {
  Arguments arguments = world.run({"--device", device});
  arguments.insert(arguments.end(), more.begin(), more.end());
  return report_of(tise_eval(arguments));
}

TEST(SeveralDevices, give_the_numbers_of_one) {
  const SmallWorld world(96);
  const nlohmann::json alone = report_on("cpu", world);
  const nlohmann::json beside = report_on("cpu,cpu", world);
  EXPECT_EQ(beside["run"]["device"], "cpu,cpu");
  EXPECT_EQ(beside["signature"], alone["signature"]);
  expect_same(values(alone), values(beside), 1e-5);
}

TEST(SeveralDevices, make_crops_of_stored_detections_too) {
  const SmallWorld world;
  const std::string store = world.path("store");
  report_on("cpu,cpu", world, {"--metrics", "SOA-C", "--store", store});
  expect_same(values(report_on("cpu", world, {"--metrics", "O-IS"})),
              values(report_on("cpu,cpu", world, {"--metrics", "O-IS", "--store", store})), 1e-5);
}

TEST(Gpu, gives_the_numbers_of_the_cpu) {
  if (!models::parse_device("auto").is_cuda()) GTEST_SKIP() << "needs a CUDA device";
  const SmallWorld world(96);
  const auto expect_same_of = [&](const std::string& metrics, double relative) {
    expect_same(values(report_on("cpu", world, {"--metrics", metrics})),
                values(report_on("cuda", world, {"--metrics", metrics})), relative);
  };
  expect_same_of("all", 1e-5);
  expect_same_of("fidelity@views", 1e-4);  // KID is a small difference of means
}

TEST(SeveralDevices, are_all_named) {
  const Outcome run = tise_eval(demo_run("miscounting", {"--device", "cpu,auto"}));
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.err, HasSubstr("auto picks one device"));
}

}  // namespace
}  // namespace tise::testing
