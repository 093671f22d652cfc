#include "tise/report/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "support/pictures.h"
#include "support/temp_folder.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/report/rank.h"

namespace tise::report {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::write_file;

TEST(StepReadings, find_the_step_in_a_path) {
  const std::vector<std::pair<std::string, std::int64_t>> steps{
      // next to a word, the surest word first
      {"step1000/report.json", 1000},
      {"run3/global_step-2000/report_512.json", 2000},
      {"epoch=3-step=500.json", 500},
      {"epoch=3-step=1200.ckpt/report.json", 1200},
      {"iter_00040.json", 40},
      {"iteration 7/v2.json", 7},
      {"ckpt-12/seed1.json", 12},
      {"checkpoint-500/report.json", 500},
      {"step_100/epoch_3.json", 100},
      {"step - 100.json", 100},
      {"STEP_7.json", 7},
      {"step_5000/step_100.json", 100},  // the last, if the word is the same
      {"network-snapshot-200kimg/report.json", 200},
      {"1000_steps/report_512.json", 1000},
      {"10k_steps/report_512.json", 10'000},
      {"3epochs/fid5.json", 3},
      {"2_step_500.json", 500},
      {"exp3_steps/ckpt-100.json", 100},
      // with a power of ten
      {"ckpt-10k/report.json", 10'000},
      {"ckpt-10K.json", 10'000},
      {"step_1.5M/report.json", 1'500'000},
      {"step_1.1m.json", 1'100'000},
      {"step_2B.json", 2'000'000'000},
      {"step_1e6/report.json", 1'000'000},
      {"step_2.5e+05.json", 250'000},
      {"10ksteps/report.json", 10'000},
      {"step_10,000/report.json", 10'000},
      {"step_1,250,000.json", 1'250'000},
      // else a name that is just a number
      {"model_9/000300.json", 300},
      {"1000/report_512.json", 1000},
      {"v2/10k/fid50k.json", 10'000},
      // else the only number
      {"model9.json", 9},
      {"run_20/report_20.json", 20},
      {"model.1000.ckpt/report.json", 1000},
  };
  for (const auto& [path, step] : steps) EXPECT_THAT(step_readings(path), ElementsAre(step)) << path;
}

TEST(StepReadings, are_several_if_a_path_can_be_read_in_several_ways) {
  const std::vector<std::pair<std::string, std::vector<std::int64_t>>> unclear{
      {"step_10.000/report.json", {10, 10'000}},  // a fraction, or thousands
      {"step_1_000.json", {1, 1000}},
      {"step_1.5/report.json", {1, 5}},
      {"step_10,20.json", {10, 20}},
      {"ckpt-3fa9c2/report.json", {3, 9, 2}},
      {"step_1000x512.json", {1000, 512}},
      {"1000/2000.json", {1000, 2000}},
      {"sd15_run2.json", {15, 2}},
      {"2026-05-01/report.json", {2026, 5, 1}},
  };
  for (const auto& [path, readings] : unclear) EXPECT_EQ(step_readings(path), readings) << path;
}

TEST(StepReadings, are_none_without_a_whole_number) {
  for (const char* path : {"best/report.json", "step_1.2345k.json", "step_99999999999999999999.json",
                           "lr_1e-4/report.json", ".json", ""}) {
    EXPECT_THAT(step_readings(path), IsEmpty()) << path;
  }
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
  std::string refusal() {
    try {
      read();
    } catch (const InputError& error) {
      return error.what();
    }
    return "was not refused";
  }
  testing::TempFolder folder_;
  testing::TempFolder elsewhere_;
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

TEST_F(Histories, without_a_report_or_a_clear_step_are_refused) {
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

TEST_F(Histories, with_an_ambiguous_step_are_refused_with_the_readings) {
  write("step_1_000.json", 30);
  write("step_2000.json", 20);
  write("best.json", 10);
  const std::string why = refusal();
  EXPECT_THAT(why, HasSubstr("step_1_000.json: 1 or 1000"));
  EXPECT_THAT(why, HasSubstr("best.json: no number"));
  EXPECT_THAT(why, Not(HasSubstr("step_2000.json")));
}

TEST_F(Histories, take_a_report_once_whatever_links_lead_to_it) {
  write("step_1000/report.json", 30);
  write("step_2000/report.json", 20);
  write("elsewhere/b/report.json", 10);
  std::filesystem::rename(folder_ / "elsewhere", elsewhere_ / "runs");
  std::filesystem::create_directory_symlink("step_2000", folder_ / "latest");
  std::filesystem::create_symlink("step_1000/report.json", folder_ / "first.json");
  std::filesystem::create_directory_symlink(folder_.path(), folder_ / "step_2000/whole");
  std::filesystem::create_directory_symlink(elsewhere_ / "runs/b", folder_ / "best");
  std::filesystem::create_directory_symlink(elsewhere_ / "runs/b", folder_ / "step_3000");
  const History history = read();
  std::vector<std::string> paths;
  for (const Checkpoint& checkpoint : history.checkpoints) paths.push_back(checkpoint.path);
  EXPECT_THAT(paths, ElementsAre("step_1000/report.json", "step_2000/report.json", "step_3000/report.json"));
}

TEST_F(Histories, name_each_damaged_report) {
  write("step1/report.json", 30);
  write("step2/report.json", 20);
  write("step3/report.json", 10);
  const std::string whole = read_text(folder_ / "step2/report.json", "report");
  write_file(folder_ / "step2/report.json", whole.substr(0, whole.size() / 2));
  write_file(folder_ / "step3/report.json", "");
  write_file(folder_ / "step4/other.json", R"({"schema": 1, "tool": {"name": "tise-eval", "vers)");
  write_file(folder_ / "step5/other.json", R"({"schema": 1, "metrics": {}})");
  std::filesystem::create_symlink("nowhere", folder_ / "report.json");
  write_file(folder_ / "captions.json", "[]");
  write_file(folder_ / "settings.json", "{\"a\": NaN}");
  const std::string why = refusal();
  for (const char* damaged : {"step2/report.json: ", "step3/report.json: empty file", "step4/other.json: ",
                              "step5/other.json: has no \"signature\"", "report.json: no such file"}) {
    EXPECT_THAT(why, HasSubstr(damaged));
  }
  EXPECT_THAT(why, AllOf(HasSubstr("5 reports cannot be read"), HasSubstr("--force")));
  EXPECT_THAT(why, AllOf(Not(HasSubstr("captions.json")), Not(HasSubstr("settings.json"))));
  const History forced = read(/*force=*/true);
  EXPECT_EQ(forced.checkpoints.size(), 1U);
  EXPECT_EQ(forced.warnings.size(), 5U);
  EXPECT_THAT(forced.notes, ElementsAre(HasSubstr("settings.json")));
}

TEST_F(Histories, with_an_impossible_value_are_refused) {
  write("step1.json", -1);
  EXPECT_THAT(refusal(), HasSubstr("\"value\" is -1, but FID is at least 0"));
}

TEST_F(Histories, of_another_schema_are_refused) {
  std::ofstream(folder_ / "step1.json") << R"({"schema": 2, "signature": "metrics:FID", "metrics": {}})";
  EXPECT_THROW(read(), InputError);
}

TEST_F(Histories, with_different_choices_are_refused_unless_forced) {
  write("step1.json", 30);
  write("step2.json", 20, "bf16");
  EXPECT_THROW(read(), InputError);
  EXPECT_EQ(read(/*force=*/true).warnings.size(), 1U);
}

}  // namespace
}  // namespace tise::report
