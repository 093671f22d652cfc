#include "tise/report/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "support/temp_folder.h"
#include "tise/base/error.h"
#include "tise/report/rank.h"

namespace tise::report {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(StepOf, is_the_number_that_the_path_calls_one) {
  EXPECT_EQ(step_of("step1000/report.json"), 1000);
  EXPECT_EQ(step_of("run3/global_step-2000/report_512.json"), 2000);
  EXPECT_EQ(step_of("epoch=3-step=500.json"), 500);
  EXPECT_EQ(step_of("iter_00040.json"), 40);
  EXPECT_EQ(step_of("iteration 7/v2.json"), 7);
  EXPECT_EQ(step_of("ckpt-12/seed1.json"), 12);
  EXPECT_EQ(step_of("model_9/000300.json"), 300);  // else the last number
  EXPECT_FALSE(step_of("best/report.json"));
}

class Histories : public ::testing::Test {
 protected:
  void write(const std::string& path, double fid, const std::string& precision = "fp32") {
    std::filesystem::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path) << json{
        {"schema", 1},
        {"signature", "metrics:FID|precision:" + precision},
        {"metrics",
         {{"FID", {{"value", fid}, {"ci95", {fid - 1, fid + 1}}, {"unreliable", "few"}}},
          {"IS", {{"value", nullptr}, {"reason", "no"}}}}}};
  }
  History read(bool force = false) { return read_history(folder_.path(), {}, force); }
  testing::TempFolder folder_;
};

TEST_F(Histories, are_in_the_order_of_their_steps) {
  write("step100/report.json", 30);
  write("step20/report.json", 40);
  write("step3/report.json", 50);
  std::ofstream(folder_ / "step3/captions.json") << "[]";  // no report
  const History history = read();
  EXPECT_THAT(history.metrics, ElementsAre("FID"));
  ASSERT_EQ(history.checkpoints.size(), 3U);
  EXPECT_EQ(history.checkpoints[0].step, 3);
  EXPECT_EQ(history.checkpoints[2].metrics.at("FID").value, 30);
  const json written = json::parse(to_json(history));
  EXPECT_EQ(written["metrics"][0]["points"][1]["step"], 20);
  EXPECT_EQ(written["metrics"][0]["points"][1]["ci95"], json({39, 41}));
  EXPECT_EQ(to_table(history), "step  FID\n3     50.0000\n20    40.0000\n100   30.0000\n");
  EXPECT_THAT(history_page(history), HasSubstr("\"kind\":\"history\""));
}

TEST_F(Histories, that_cannot_be_told_are_refused) {
  EXPECT_THROW(read(), InputError);  // no report
  write("best/report.json", 30);
  try {
    read();
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("best/report.json"));
  }
  std::filesystem::remove_all(folder_ / "best");
  write("step10/a.json", 30);
  write("step10/b.json", 31);
  EXPECT_THROW(read(), InputError);  // one step twice
  EXPECT_THROW(read_history(folder_ / "nowhere", {}, false), InputError);
}

TEST_F(Histories, of_another_schema_are_refused) {
  std::ofstream(folder_ / "step1.json") << R"({"schema": 2, "signature": "metrics:FID", "metrics": {}})";
  EXPECT_THROW(read(), InputError);
}

TEST_F(Histories, of_other_choices_are_refused_unless_forced) {
  write("step1.json", 30);
  write("step2.json", 20, "bf16");
  EXPECT_THROW(read(), InputError);
  EXPECT_EQ(read(/*force=*/true).warnings.size(), 1U);
}

}  // namespace
}  // namespace tise::report
