// Comparisons and gates as in CI, on the demo world's checkpoints.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "cli/demo.h"
#include "support/long_tests.h"

namespace tise::cli {
namespace {

using nlohmann::json;
using testing::Arguments;
using ::testing::ContainsRegex;
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

/// Writes a checkpoint's samples to the folder and returns their path.
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
  EXPECT_THAT(outcome.err, ContainsRegex("CA .* 1\\.1[0-9]+ ± [0-9.]+ higher: worse\n"));
  EXPECT_THAT(outcome.err, HasSubstr("? the standard error of the difference in SOA-I is unreliable: all "));

  EXPECT_EQ(tise_eval({"compare", faithful, miscounting, "--fail-if-worse"}).code, 1);
  EXPECT_EQ(tise_eval({"compare", miscounting, faithful, "--fail-if-worse"}).code, 0);
  const Outcome three = tise_eval({"compare", faithful, miscounting, faithful + "/../miscounting.jsonl"});
  EXPECT_EQ(three.code, 3);  // no such file
}

TEST(DemoCompare, finds_nothing_between_two_faithful_sets) {
  const TempFolder folder;
  const Arguments real{"--real", real_statistics()};
  const std::string first = samples_of(folder, "faithful", real);
  const Outcome outcome = tise_eval({"compare", first, samples_of(folder, "faithful-again", real)});
  EXPECT_THAT(outcome.err, HasSubstr("SOA-C, SOA-I, PA are unreliable: all samples agree"));
  const json comparison = report_of(outcome);
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
  EXPECT_THAT(outcome.err, HasSubstr("\nblurred: not paired"));
  const Outcome logged = tise_eval(
      {"compare", (folder / "faithful.jsonl").string(), (folder / "blurred.jsonl").string(), "--log-json"});
  EXPECT_THAT(logged.err, HasSubstr("blurred: not paired"));
}

TEST(DemoCompare, refuses_different_settings) {
  const TempFolder folder;
  const std::string cold = samples_of(folder, "faithful", {"--metrics", "IS*", "--temperature", "1"});
  const std::string warm = samples_of(folder, "blurred", {"--metrics", "IS*", "--temperature", "2"});
  const Outcome outcome = tise_eval({"compare", cold, warm});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("IS*'s temperature"));
  EXPECT_THAT(outcome.err, HasSubstr("--force"));
  EXPECT_EQ(tise_eval({"compare", cold, warm, "--force"}).code, 0);
}

TEST(DemoGates, exit_with_1_and_a_line_for_each_that_fails) {
  const TempFolder folder;
  const std::string junit = (folder / "junit.xml").string();
  const std::string summary = (folder / "summary.md").string();
  const Outcome outcome =
      tise_eval(demo_run("blurred", {"--metrics", "CLIP-S,IS,RP", "--fail-under", "CLIP-S=1.9,RP=0.5",
                                     "--fail-over", "IS=3", "--junit", junit, "--markdown", summary}));
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("tise-eval: gate failed: CLIP-S at least 1.9: 1.75"));
  EXPECT_THAT(outcome.err, HasSubstr("tise-eval: gate failed: IS at most 3: 3.9"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("gate failed: RP")));
  const json report = json::parse(outcome.out);  // the report is written anyway
  EXPECT_EQ(report["gates"].size(), 3U);
  EXPECT_THAT(read(junit), HasSubstr("tests=\"3\" failures=\"2\""));
  EXPECT_THAT(read(summary), HasSubstr("2 of 3 gates failed"));
}

TEST(DemoGates, that_pass_exit_with_0) {
  const Outcome outcome = tise_eval(demo_run("faithful", {"--metrics", "IS", "--fail-under", "IS=5"}));
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, Not(HasSubstr("gate failed")));
}

TEST(DemoGates, of_a_metric_that_cannot_be_computed_are_announced_and_fail) {
  const Outcome outcome =
      tise_eval({"--models", "shapes", "--images", demo("faithful"), "--fail-over", "FID=20"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("warning: gate will fail: FID at most 20: no real images given"));
  EXPECT_THAT(outcome.err, HasSubstr("gate failed: FID at most 20: no value: no real images given"));
}

TEST(DemoGates, against_a_baseline_fail_for_what_is_worse) {
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
  EXPECT_THAT(worse.err, HasSubstr("gate failed: CLIP-S not worse than faithful: CLIP-S 0.5"));
  EXPECT_THAT(worse.err, HasSubstr("gate failed: IS not worse than faithful"));
  const json report = json::parse(worse.out);
  EXPECT_EQ(report["comparison"]["baseline"], "faithful");
  EXPECT_EQ(report["comparison"]["metrics"]["CLIP-S"]["verdict"], "worse");
  EXPECT_THAT(worse.err, Not(HasSubstr("no gate for")));
  const Outcome named = run("blurred", {"--fail-if-worse", "IS"});
  EXPECT_EQ(named.code, 1);
  EXPECT_THAT(named.err, Not(HasSubstr("gate failed: CLIP-S")));
  EXPECT_EQ(run("faithful-again", {"--fail-if-worse"}).code, 0);
  EXPECT_EQ(run("blurred", {"--fail-if-worse", "CLIP-S,IS"}).code, 1);
  EXPECT_EQ(run("blurred", {"--fail-if-worse", "CLIP-S", "--fail-if-worse=IS"}).code, 1);
  EXPECT_EQ(run("blurred", {}).code, 0);  // compared, not gated
}

TEST(DemoGates, that_the_baseline_has_but_the_run_does_not_compute_are_announced) {
  const TempFolder folder;
  const std::string baseline = samples_of(folder, "faithful", {"--metrics", "CLIP-S,IS,RP"});
  const auto run = [&](const Arguments& gates) {
    Arguments arguments{"--metrics", "CLIP-S", "--baseline", baseline};
    arguments.insert(arguments.end(), gates.begin(), gates.end());
    return tise_eval(demo_run("faithful-again", arguments)).err;
  };
  EXPECT_THAT(run({"--fail-if-worse"}),
              HasSubstr("warning: --fail-if-worse: no gate for IS, RP, which the baseline has"));
  EXPECT_THAT(run({"--fail-if-worse", "CLIP-S"}), Not(HasSubstr("no gate for")));
  EXPECT_THAT(run({}), Not(HasSubstr("no gate for")));
}

/// The first `count` of the demo's captions.
std::string first_captions(const TempFolder& folder, std::size_t count) {
  const json all = json::parse(std::ifstream(demo("captions.json")));
  json some = json::array();
  for (std::size_t i = 0; i < count; ++i) some.push_back(all.at(i));
  const std::string path = (folder / "some.json").string();
  std::ofstream(path) << some;
  return path;
}

class GatesOfEachCheckpoint : public ::testing::TestWithParam<const char*> {
 protected:
  /// A run of all metrics with further flags.
  Outcome run(const Arguments& more, const std::string& captions = demo("captions.json")) const {
    Arguments arguments{"--models",   "shapes", "--images", demo(GetParam()),
                        "--captions", captions, "--real",   demo("real")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return tise_eval(arguments);
  }
};

TEST_P(GatesOfEachCheckpoint, pass_against_itself_its_half_and_other_batches_and_threads) {
  const TempFolder folder;
  const std::string store = (folder / "store").string();
  const std::string samples = (folder / "samples.jsonl").string();
  ASSERT_EQ(run({"--store", store, "--samples", samples}).code, 0);
  const Arguments gates{"--baseline", samples, "--fail-if-worse", "--store", store};
  EXPECT_EQ(run(gates).code, 0);
  const Outcome half = run(gates, first_captions(folder, 150));
  EXPECT_EQ(half.code, 0) << half.err;
  EXPECT_THAT(half.err, HasSubstr("--fail-if-worse cannot judge FID: the runs have 300 and 150 samples"));
  if (std::string(GetParam()) != "mismatched" && testing::times(0, 1) == 0) return;
  const Outcome other =
      run({"--baseline", samples, "--fail-if-worse", "--batch-size", "7", "--threads", "1"});
  EXPECT_EQ(other.code, 0) << other.err;
}

INSTANTIATE_TEST_SUITE_P(Demo, GatesOfEachCheckpoint,
                         ::testing::Values("faithful", "blurred", "miscounting", "misplacing", "mismatched",
                                           "collapsed"),
                         [](const auto& checkpoint) { return std::string(checkpoint.param); });

TEST(DemoGates, that_unequal_numbers_of_images_prevent_are_refused_before_the_run) {
  const TempFolder folder;
  const std::string baseline = samples_of(folder, "faithful", {"--metrics", "CLIP-S,IS"});
  const Outcome outcome = tise_eval({"--models", "shapes", "--images", demo("faithful"), "--captions",
                                     first_captions(folder, 150), "--metrics", "CLIP-S,IS", "--baseline",
                                     baseline, "--fail-if-worse", "IS"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("--fail-if-worse names metrics that cannot be judged"));
  EXPECT_THAT(outcome.err,
              HasSubstr("IS: the runs have 300 and 150 samples; this alone shifts the value by about"));
  EXPECT_EQ(outcome.out, "");
}

TEST(DemoCompare, gives_no_verdict_on_the_same_images_in_different_numbers) {
  const TempFolder folder;
  const std::string whole = samples_of(folder, "faithful", {"--metrics", "CLIP-S,IS"});
  const std::string half = (folder / "half.jsonl").string();
  ASSERT_EQ(tise_eval({"--models", "shapes", "--images", demo("faithful"), "--captions",
                       first_captions(folder, 150), "--metrics", "CLIP-S,IS", "--samples", half})
                .code,
            0);
  const json metrics = report_of(tise_eval({"compare", whole, half}))["comparisons"][0]["metrics"];
  EXPECT_EQ(metrics["IS"]["verdict"], "not judged");
  EXPECT_THAT(metrics["IS"]["reason"].get<std::string>(), HasSubstr("the runs have 300 and 150 samples"));
  EXPECT_EQ(metrics["CLIP-S"]["verdict"], "no difference");
  EXPECT_EQ(metrics["CLIP-S"]["p"], 1.0);
}

TEST(DemoCompare, fails_the_gate_on_a_metric_that_one_run_is_missing) {
  const TempFolder folder;
  const std::string both = samples_of(folder, "faithful", {"--metrics", "CLIP-S,IS"});
  const std::string one = samples_of(folder, "faithful-again", {"--metrics", "CLIP-S"});
  const Outcome outcome = tise_eval({"compare", both, one, "--metrics", "CLIP-S,IS", "--fail-if-worse"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("IS is not compared: one of the runs does not have it"));
}

TEST(DemoGates, of_items_for_some_metrics_count_the_images_that_each_uses) {
  const TempFolder folder;
  json captions = json::parse(std::ifstream(demo("captions.json")));
  for (std::size_t i = 0; i < captions.size(); ++i)
    captions[i]["metrics"] = i % 2 == 0 ? json({"IS"}) : json({"CLIP-S"});
  const std::string path = (folder / "captions.json").string();
  std::ofstream(path) << captions;
  const auto run = [&](const Arguments& more) {
    Arguments arguments{"--models",   "shapes", "--images",  demo("faithful"),
                        "--captions", path,     "--metrics", "IS,CLIP-S"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return tise_eval(arguments).code;
  };
  const std::string samples = (folder / "samples.jsonl").string();
  ASSERT_EQ(run({"--samples", samples}), 0);
  EXPECT_EQ(run({"--baseline", samples, "--fail-if-worse", "IS"}), 0);
}

TEST(FixedPrompts, are_in_the_signature_and_need_two_images_of_each) {
  const TempFolder folder;
  json captions = json::parse(std::ifstream(demo("captions.json")));
  for (std::size_t i = 0; i < captions.size(); ++i)
    captions[i]["caption"] = "prompt " + std::to_string(i / 2);
  const std::string path = (folder / "captions.json").string();
  std::ofstream(path) << captions;
  const auto run = [&](const std::string& file) {
    return report_of(tise_eval({"--models", "shapes", "--images", demo("faithful"), "--captions", file,
                                "--metrics", "CLIP-S", "--prompts", "fixed"}));
  };
  const json two_each = run(path);
  EXPECT_EQ(testing::signature_field(two_each, "prompts"), "fixed");
  EXPECT_EQ(two_each["metrics"]["CLIP-S"]["clusters"], 151);
  const json one_each = run(demo("captions.json"));
  EXPECT_FALSE(one_each["metrics"]["CLIP-S"].contains("std_error"));
  EXPECT_EQ(one_each["metrics"]["CLIP-S"]["unreliable"],
            "prompts are fixed, but not every prompt has at least two images");
}

TEST(DemoGates, of_runs_that_turn_out_not_to_be_comparable_fail_and_keep_the_report) {
  const TempFolder folder;
  const std::string baseline =
      samples_of(folder, "faithful", {"--metrics", "FID", "--real", demo("blurred")});
  // The numbers of real images are equal, so that only their contents show the difference, once they are
  // read.
  const Outcome outcome =
      tise_eval(demo_run("faithful", {"--metrics", "FID", "--real", demo("faithful-again"), "--baseline",
                                      baseline, "--fail-if-worse"}));
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("gate failed: FID not worse than faithful: not compared"));
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
  EXPECT_EQ(code({"--fail-over", "FID=3"}), 2);  // not among --metrics
  EXPECT_EQ(code({"--fail-if-worse"}), 2);       // no baseline
  EXPECT_EQ(code({"--junit", "x.xml"}), 2);      // no gate
  EXPECT_EQ(code({"--fail-under", "IS=1", "--junit", "x", "--markdown", "x"}), 2);
  EXPECT_EQ(code({"--baseline", "nowhere.jsonl"}), 3);
  EXPECT_EQ(code({"--alpha", "0"}), 2);
  EXPECT_EQ(tise_eval({"compare", "one.jsonl"}).code, 2);
}

}  // namespace
}  // namespace tise::cli
