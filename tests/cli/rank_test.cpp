// `tise-eval rank` and --against, run as from a user's shell.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/demo.h"
#include "support/pictures.h"
#include "support/temp_folder.h"

namespace tise::cli {
namespace {

using nlohmann::json;
using testing::Arguments;
using testing::demo;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::Outcome;
using testing::read_json;
using testing::TempFolder;
using testing::tise_eval;
using testing::write_file;

const std::string kTiseCoco = TISE_TEST_DATA "/report/data/tise_coco.json";

class RankCommand : public ::testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& content) const {
    write_file(folder_ / name, content);
    return (folder_ / name).string();
  }
  /// Expects this exit code, this error and nothing on stdout.
  static void expect_failure(const Arguments& arguments, int code, const std::string& message) {
    const Outcome outcome = tise_eval(arguments);
    EXPECT_EQ(outcome.code, code) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(message));
    EXPECT_THAT(outcome.out, IsEmpty());
  }

  TempFolder folder_;
};

TEST_F(RankCommand, shows_a_training_run_over_its_steps) {
  const std::string golden = TISE_TEST_DATA "/golden/";
  for (const auto& [step, name] : {std::pair{"step20", "faithful"}, {"step3", "blurred"}}) {
    std::filesystem::create_directories(folder_ / step);
    std::filesystem::copy_file(golden + name + ".json", folder_ / step / "report.json");
  }
  const std::string page = (folder_ / "history.html").string();
  const Outcome outcome =
      tise_eval({"rank", "--over-time", folder_.path().string(), "--metrics", "FID,IS", "--html", page});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const json history = json::parse(outcome.out);
  EXPECT_EQ(history["metrics"][1]["key"], "FID");
  EXPECT_EQ(history["metrics"][1]["points"][0]["step"], 3);
  EXPECT_GT(history["metrics"][1]["points"][0]["value"], history["metrics"][1]["points"][1]["value"]);
  EXPECT_GT(std::filesystem::file_size(page), 10000U);
  expect_failure({"rank"}, 2, "rank needs reports, or --over-time DIR");
  expect_failure({"rank", kTiseCoco, "--over-time", folder_.path().string()}, 2, "cannot be combined");
  expect_failure({"rank", "--over-time", (folder_ / "nowhere").string()}, 3, "no such folder");
}

TEST_F(RankCommand, writes_the_leaderboard_as_a_page_with_groups) {
  const std::string golden = TISE_TEST_DATA "/golden/";
  const std::string page = (folder_ / "board.html").string();
  const Outcome outcome =
      tise_eval({"rank", golden + "faithful.json", golden + "collapsed.json", "--html", page});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  std::ostringstream text;
  text << std::ifstream(page).rdbuf();
  EXPECT_THAT(text.str(), HasSubstr("\"kind\":\"leaderboard\""));
  EXPECT_THAT(text.str(), HasSubstr("\"FID\":\"b\""));  // of the collapsed checkpoint
}

TEST_F(RankCommand, prints_the_leaderboard_and_a_table) {
  const Outcome outcome = tise_eval({"rank", kTiseCoco});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const json board = json::parse(outcome.out);
  EXPECT_EQ(board["entries"][0]["name"], "Real-Images");
  EXPECT_EQ(board["entries"][1]["RS"], 56);
  EXPECT_THAT(outcome.err, HasSubstr("AttnGAN++     56"));
}

TEST_F(RankCommand, writes_the_leaderboard_to_its_file) {
  const std::string board = (folder_ / "board.json").string();
  const Outcome outcome = tise_eval({"rank", "--quiet", "--output", board, kTiseCoco});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out + outcome.err, IsEmpty());
  EXPECT_EQ(read_json(board)["entries"].size(), 11);
}

TEST_F(RankCommand, ranks_over_the_named_metrics) {
  const json board = json::parse(tise_eval({"rank", "--metrics", "fid,rp", kTiseCoco}).out);
  EXPECT_EQ(board["metrics"], json({"FID", "RP"}));
  EXPECT_EQ(board["entries"][0]["RS"], 22);
}

TEST_F(RankCommand, bad_input_exits_with_3_and_wrong_usage_with_2) {
  expect_failure({"rank"}, 2, "reports");
  expect_failure({"rank", "--metrics", "CLIP-S", kTiseCoco}, 2, "RS has no metric \"CLIP-S\"");
  expect_failure({"rank", kTiseCoco, kTiseCoco}, 3, "passed twice");
  expect_failure({"rank", (folder_ / "none.json").string()}, 3, "report");
  expect_failure({"rank", file("one.json", R"({"FID": 1})"), "--metrics", "FID"}, 2,
                 "one.json is the only one; add the others");
  expect_failure(
      {"rank", file("one.json", R"({"FID": 1})"), file("two.json", R"({"IS*": 1})"), "--metrics", "FID"}, 3,
      "two entries");
  expect_failure({"rank", file("bad.json", R"({"FID": "1"})"), kTiseCoco}, 3, "must be a number");
}

TEST_F(RankCommand, a_mixture_of_scales_needs_force) {
  const Arguments run{"rank", "--metrics", "PA", file("share.json", R"({"PA": 0.4})"), kTiseCoco};
  expect_failure(run, 3, "is a share (0..1)");
  Arguments forced = run;
  forced.emplace_back("--force");
  const Outcome outcome = tise_eval(forced);
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("warning: PA: 0.4 in"));
  EXPECT_EQ(json::parse(outcome.out)["warnings"].size(), 1);
}

/// A run of IS* and FID on the demo world, which is quick.
class AgainstDemo : public RankCommand {
 protected:
  Outcome run(const Arguments& more) const {
    Arguments arguments{
        "--models",   "shapes",    "--images", demo("faithful"), "--real",
        demo("real"), "--metrics", "IS*,FID",  "--store",        (folder_ / "store").string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return tise_eval(arguments);
  }
};

TEST_F(AgainstDemo, the_report_has_its_rank_among_the_others) {
  const std::string others =
      file("others.json", R"({"bad": {"IS*": 1, "FID": 99}, "odd": {"IS*": 99, "FID": 99}})");
  const std::string report = (folder_ / "report.json").string();
  const Outcome outcome = run({"--output", report, "--against", others});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const json score = read_json(report)["metrics"]["RS"];
  EXPECT_EQ(score["value"], 2.5);
  EXPECT_EQ(score["n"], 3);
  EXPECT_EQ(score["higher_is_better"], true);
  EXPECT_EQ(score["ranks"], json({{"IS*", 2}, {"FID", 3}}));
  EXPECT_EQ(score["against"], json({"odd", "bad"}));
  EXPECT_EQ(score["metrics"], json({"IS*", "FID"}));
  const json board = json::parse(tise_eval({"rank", "--metrics", "IS*,FID", report, others}).out);
  EXPECT_EQ(board["entries"][0]["name"], "report");
  EXPECT_EQ(board["entries"][0]["RS"], score["value"]);
}

TEST_F(AgainstDemo, its_own_former_report_is_left_out) {
  const std::string report = (folder_ / "report.json").string();
  ASSERT_EQ(run({"--output", report}).code, 0);
  EXPECT_FALSE(read_json(report)["metrics"].contains("RS"));
  const std::string other = file("other.json", R"({"IS*": 1, "FID": 99})");
  const Outcome outcome = run({"--output", report, "--against", report, other});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("left out"));
  EXPECT_EQ(read_json(report)["metrics"]["RS"]["against"], json({"other"}));
}

TEST_F(AgainstDemo, what_cannot_be_ranked_is_refused_before_the_work) {
  const std::string report = (folder_ / "report.json").string();
  ASSERT_EQ(run({"--output", report}).code, 0);
  const Outcome outcome = run({"--against", report, "--temperature", "3"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("IS*'s temperature: T:3.0 in this run, T:"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("in the store")));
  EXPECT_EQ(run({"--against", report, "--temperature", "3", "--force"}).code, 0);
  EXPECT_EQ(run({"--against", file("bad.json", "{")}).code, 3);
  const Outcome lacking = run({"--against", file("lacking.json", R"({"FID": 1})")});
  EXPECT_EQ(lacking.code, 3);
  EXPECT_THAT(lacking.err, HasSubstr("lacking.json: no IS* (not in the file)"));
}

TEST(Against, without_it_all_metrics_state_what_rs_is_missing) {
  const Outcome outcome = tise_eval({"--models", "shapes", "--images", demo("faithful")});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const json score = json::parse(outcome.out)["metrics"]["RS"];
  EXPECT_TRUE(score["value"].is_null());
  EXPECT_EQ(score["reason"], "no other reports given (--against)");
}

TEST(Against, rs_by_name_needs_it) {
  const Outcome outcome = tise_eval({"--models", "shapes", "--images", demo("faithful"), "--metrics", "RS"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("RS: no other reports given (--against FILE...)"));
}

TEST(Against, needs_a_metric_of_rs_among_those_named) {
  const Outcome outcome = tise_eval(
      {"--models", "shapes", "--images", demo("faithful"), "--metrics", "IS", "--against", kTiseCoco});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("none of --metrics is part of RS"));
}

}  // namespace
}  // namespace tise::cli
