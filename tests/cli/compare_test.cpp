// Comparing runs, and gates, as CI would: on the demo world's checkpoints.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "cli/demo.h"

namespace tise::cli {
namespace {

using nlohmann::json;
using testing::Arguments;
using testing::demo;
using testing::demo_run;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Outcome;
using testing::real_statistics;
using testing::report_of;
using testing::TempFolder;
using testing::tise_eval;

std::string read(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// Writes a checkpoint's samples into the folder and returns their path.
std::string samples_of(const TempFolder& folder, const std::string& checkpoint, const Arguments& more) {
  const std::string path = (folder / (checkpoint + ".jsonl")).string();
  Arguments arguments{"--samples", path};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Outcome outcome = tise_eval(demo_run(checkpoint, arguments));
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return path;
}

const json& difference(const json& comparison, const std::string& metric) {
  return comparison.at("comparisons").at(0).at("metrics").at(metric);
}

TEST(DemoCompare, finds_that_the_miscounting_checkpoint_miscounts) {
  const TempFolder folder;
  const Arguments metrics{"--metrics", "CA,SOA-I"};
  const std::string faithful = samples_of(folder, "faithful", metrics);
  const std::string miscounting = samples_of(folder, "miscounting", metrics);
  const Outcome outcome = tise_eval({"compare", faithful, miscounting});
  const json comparison = report_of(outcome);
  const json& ca = difference(comparison, "CA");
  EXPECT_EQ(ca["verdict"], "worse");
  EXPECT_LT(ca["p_adjusted"], 1e-6);
  EXPECT_NEAR(ca["difference"], 1.1, 0.1);
  EXPECT_TRUE(ca["paired"]);
  EXPECT_EQ(ca["n"], 300);
  EXPECT_THAT(std::string(ca["words"]), HasSubstr("higher: worse"));
  EXPECT_EQ(difference(comparison, "SOA-I")["verdict"], "no difference");
  EXPECT_THAT(outcome.err, HasSubstr("CA 1.1"));

  EXPECT_EQ(tise_eval({"compare", faithful, miscounting, "--fail-if-worse"}).code, 1);
  EXPECT_EQ(tise_eval({"compare", miscounting, faithful, "--fail-if-worse"}).code, 0);
  const Outcome three = tise_eval({"compare", faithful, miscounting, faithful + "/../miscounting.jsonl"});
  EXPECT_EQ(three.code, 3);  // no such file
}

TEST(DemoCompare, finds_nothing_between_two_faithful_sets) {
  const TempFolder folder;
  const Arguments real{"--real", real_statistics()};
  const std::string first = samples_of(folder, "faithful", real);
  const json comparison =
      report_of(tise_eval({"compare", first, samples_of(folder, "faithful-again", real)}));
  const json& metrics = comparison.at("comparisons").at(0).at("metrics");
  EXPECT_EQ(metrics.size(), 12U);
  for (const auto& [key, seen] : metrics.items()) EXPECT_EQ(seen["verdict"], "no difference") << key << seen;
}

TEST(DemoCompare, reads_the_samples_that_a_run_leaves_in_its_store) {
  const TempFolder folder;
  const std::string store = (folder / "store").string();
  const std::string samples = samples_of(folder, "faithful", {"--metrics", "IS", "--store", store});
  const json comparison = report_of(tise_eval({"compare", store, samples}));
  EXPECT_EQ(comparison["baseline"], "store");
  EXPECT_EQ(difference(comparison, "IS")["difference"], 0.0);
}

TEST(DemoCompare, pairs_nothing_without_captions) {
  const TempFolder folder;
  for (const char* checkpoint : {"faithful", "blurred"}) {
    const Outcome outcome =
        tise_eval({"--models", "shapes", "--images", demo(checkpoint), "--metrics", "IS", "--samples",
                   (folder / (std::string(checkpoint) + ".jsonl")).string()});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }
  const Outcome outcome =
      tise_eval({"compare", (folder / "faithful.jsonl").string(), (folder / "blurred.jsonl").string()});
  const json comparison = report_of(outcome);
  EXPECT_FALSE(difference(comparison, "IS")["paired"]);
  EXPECT_EQ(difference(comparison, "IS")["verdict"], "worse");
  EXPECT_THAT(outcome.err, HasSubstr("blurred: not paired"));
}

TEST(DemoCompare, refuses_other_choices) {
  const TempFolder folder;
  const std::string cold = samples_of(folder, "faithful", {"--metrics", "IS*", "--temperature", "1"});
  const std::string warm = samples_of(folder, "blurred", {"--metrics", "IS*", "--temperature", "2"});
  const Outcome outcome = tise_eval({"compare", cold, warm});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("IS*'s temperature"));
  EXPECT_THAT(outcome.err, HasSubstr("--force"));
  EXPECT_EQ(tise_eval({"compare", cold, warm, "--force"}).code, 0);
}

TEST(DemoGates, end_with_1_and_a_line_for_each_that_is_crossed) {
  const TempFolder folder;
  const std::string junit = (folder / "junit.xml").string();
  const std::string summary = (folder / "summary.md").string();
  const Outcome outcome =
      tise_eval(demo_run("blurred", {"--metrics", "CLIP-S,IS,RP", "--fail-under", "CLIP-S=1.9,RP=0.5",
                                     "--fail-over", "IS=3", "--junit", junit, "--markdown", summary}));
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("tise-eval: gate crossed: CLIP-S at least 1.9: 1.75"));
  EXPECT_THAT(outcome.err, HasSubstr("tise-eval: gate crossed: IS at most 3: 3.9"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("gate crossed: RP")));
  const json report = json::parse(outcome.out);  // the report is there all the same
  EXPECT_EQ(report["gates"].size(), 3U);
  EXPECT_THAT(read(junit), HasSubstr("tests=\"3\" failures=\"2\""));
  EXPECT_THAT(read(summary), HasSubstr("2 of 3 gates crossed"));
}

TEST(DemoGates, that_are_kept_end_with_0) {
  const Outcome outcome = tise_eval(demo_run("faithful", {"--metrics", "IS", "--fail-under", "IS=5"}));
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, Not(HasSubstr("gate crossed")));
}

TEST(DemoGates, of_a_metric_that_cannot_be_computed_are_foretold_and_crossed) {
  const Outcome outcome =
      tise_eval({"--models", "shapes", "--images", demo("faithful"), "--fail-over", "FID=20"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err,
              HasSubstr("warning: the gate \"FID at most 20\" will be crossed: no real images given"));
  EXPECT_THAT(outcome.err, HasSubstr("gate crossed: FID at most 20: no value: no real images given"));
}

TEST(DemoGates, against_a_baseline_are_crossed_by_what_is_worse) {
  const TempFolder folder;
  const Arguments metrics{"--metrics", "CLIP-S,IS"};
  const std::string baseline = samples_of(folder, "faithful", metrics);
  const auto run = [&](const std::string& checkpoint, const Arguments& more) {
    Arguments arguments{"--metrics", "CLIP-S,IS", "--baseline", baseline};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return tise_eval(demo_run(checkpoint, arguments));
  };
  const Outcome worse = run("blurred", {"--fail-if-worse"});
  EXPECT_EQ(worse.code, 1);
  EXPECT_THAT(worse.err, HasSubstr("gate crossed: CLIP-S not worse than faithful: CLIP-S 0.5"));
  EXPECT_THAT(worse.err, HasSubstr("gate crossed: IS not worse than faithful"));
  const json report = json::parse(worse.out);
  EXPECT_EQ(report["comparison"]["baseline"], "faithful");
  EXPECT_EQ(report["comparison"]["metrics"]["CLIP-S"]["verdict"], "worse");
  const Outcome named = run("blurred", {"--fail-if-worse", "IS"});
  EXPECT_EQ(named.code, 1);
  EXPECT_THAT(named.err, Not(HasSubstr("gate crossed: CLIP-S")));
  EXPECT_EQ(run("faithful-again", {"--fail-if-worse"}).code, 0);
  EXPECT_EQ(run("blurred", {"--fail-if-worse", "CLIP-S,IS"}).code, 1);
  EXPECT_EQ(run("blurred", {"--fail-if-worse", "CLIP-S", "--fail-if-worse=IS"}).code, 1);
  EXPECT_EQ(run("blurred", {}).code, 0);  // compared, not gated
}

TEST(DemoGates, of_runs_that_turn_out_not_to_compare_are_crossed_and_lose_no_report) {
  const TempFolder folder;
  const std::string baseline =
      samples_of(folder, "faithful", {"--metrics", "FID", "--real", demo("blurred")});
  // As many real images, so that only their contents tell, once they are read.
  const Outcome outcome =
      tise_eval(demo_run("faithful", {"--metrics", "FID", "--real", demo("faithful-again"), "--baseline",
                                      baseline, "--fail-if-worse"}));
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("gate crossed: FID not worse than faithful: not compared"));
  const json report = json::parse(outcome.out);
  EXPECT_TRUE(report["metrics"]["FID"]["value"].is_number());
  EXPECT_THAT(report["warnings"].dump(), HasSubstr("not compared with the baseline"));
}

TEST(DemoGates, that_make_no_sense_are_wrong_usage) {
  const auto code = [](const Arguments& more) {
    Arguments arguments{"--models", "shapes", "--images", demo("faithful"), "--metrics", "IS"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return tise_eval(arguments).code;
  };
  EXPECT_EQ(code({"--fail-under", "IS"}), 2);
  EXPECT_EQ(code({"--fail-under", "FDI=3"}), 2);
  EXPECT_EQ(code({"--fail-over", "FID=3"}), 2);  // none of --metrics
  EXPECT_EQ(code({"--fail-if-worse"}), 2);       // no baseline
  EXPECT_EQ(code({"--junit", "x.xml"}), 2);      // no gate
  EXPECT_EQ(code({"--fail-under", "IS=1", "--junit", "x", "--markdown", "x"}), 2);
  EXPECT_EQ(code({"--baseline", "nowhere.jsonl"}), 3);
  EXPECT_EQ(code({"--alpha", "0"}), 2);
  EXPECT_EQ(tise_eval({"compare", "one.jsonl"}).code, 2);
}

}  // namespace
}  // namespace tise::cli
