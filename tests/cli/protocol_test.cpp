// --protocol, and what says afterwards which choices were made.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/demo.h"

namespace tise::cli {
namespace {

using nlohmann::json;
using testing::Arguments;
using testing::demo;
using testing::demo_run;
using testing::expect_same;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Outcome;
using testing::real_statistics;
using testing::report_of;
using testing::TempFolder;
using testing::tise_eval;
using testing::values;

json evaluated(const std::string& checkpoint, const Arguments& more) {
  Arguments arguments{"--real", demo("real")};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return report_of(tise_eval(demo_run(checkpoint, arguments)));
}

TEST(ProtocolTise, scores_a_store_by_the_toolbox_and_says_so) {
  const TempFolder folder;
  const std::string store = (folder / "store").string();
  const json paper = evaluated("mismatched", {"--store", store});
  const json tise = evaluated("mismatched", {"--store", store, "--protocol", "tise"});
  EXPECT_FALSE(tise["run"]["stages"].contains("load"));  // nothing encoded again
  const auto& metrics = tise["metrics"];
  EXPECT_LT(metrics["PA"]["value"], paper["metrics"]["PA"]["value"]);
  EXPECT_EQ(metrics["CLIP-S"]["value"], paper["metrics"]["CLIP-S"]["value"]);
  EXPECT_EQ(metrics["RP"]["estimator"], "sampled");
  EXPECT_EQ(metrics["IS*"]["temperature"], 0.9091363549232483);
  EXPECT_EQ(metrics["O-IS"]["temperature"], 2.1737587451934814);
  EXPECT_EQ(metrics["FID"]["n"].get<int>() % 64, 0);
  EXPECT_EQ(metrics["FID"]["n_real"].get<int>() % 64, 0);
  EXPECT_EQ(metrics["FID"]["n"].get<int>() + metrics["FID"]["dropped"].get<int>(),
            paper["metrics"]["FID"]["n"]);
  EXPECT_FALSE(metrics["IS"].contains("seed"));
  EXPECT_THAT(tise["signature"].get<std::string>(), HasSubstr("|protocol:tise|"));
  EXPECT_THAT(paper["signature"].get<std::string>(), HasSubstr("|protocol:paper|"));
  EXPECT_THAT(tise["warnings"].dump(), HasSubstr("not the card's"));
}

TEST(ProtocolTise, gives_way_to_what_is_asked_for_by_name) {
  const json report = evaluated("faithful", {"--protocol", "tise", "--rp", "exact", "--temperature", "1.5",
                                             "--object-temperature", "2", "--splits", "4"});
  EXPECT_EQ(report["metrics"]["RP"]["estimator"], "exact");
  EXPECT_EQ(report["metrics"]["IS*"]["temperature"], 1.5);
  EXPECT_EQ(report["metrics"]["O-IS"]["temperature"], 2.0);
  EXPECT_EQ(report["metrics"]["IS"]["splits"], 4);
  EXPECT_FALSE(report.value("warnings", json::array()).dump().find("not the card's") != std::string::npos);
}

TEST(ProtocolTise, takes_statistics_that_were_made_by_it) {
  const TempFolder folder;
  const std::string file = (folder / "real.npz").string();
  ASSERT_EQ(tise_eval({"stats", "--models", "shapes", "--images", demo("real"), "--protocol", "tise",
                       "--output", file})
                .code,
            0);
  const Arguments fids{"--metrics", "FID,O-FID", "--protocol", "tise"};
  const auto from_folder = values(evaluated("faithful", fids));
  Arguments with_file{"--real", file};
  with_file.insert(with_file.end(), fids.begin(), fids.end());
  expect_same(values(report_of(tise_eval(demo_run("faithful", with_file)))), from_folder, 1e-5);
}

TEST(ProtocolTise, and_papers_are_not_ranked_together) {
  const TempFolder folder;
  const std::string a = (folder / "a.json").string();
  const std::string b = (folder / "b.json").string();
  ASSERT_EQ(tise_eval(demo_run("faithful", {"--metrics", "PA", "--output", a})).code, 0);
  ASSERT_EQ(tise_eval(demo_run("misplacing", {"--metrics", "PA", "--protocol", "tise", "--output", b})).code,
            0);
  const Outcome ranked = tise_eval({"rank", a, b, "--metrics", "PA"});
  EXPECT_EQ(ranked.code, 3);
  EXPECT_THAT(ranked.err, HasSubstr("protocol:paper in " + a + ", protocol:tise in " + b));
}

TEST(Protocol, of_another_name_is_wrong_usage) {
  const Outcome outcome = tise_eval(demo_run("faithful", {"--protocol", "papers"}));
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("\"papers\" is none of paper|tise"));
}

TEST(Explain, takes_a_report_or_its_signature) {
  const TempFolder folder;
  const std::string path = (folder / "report.json").string();
  ASSERT_EQ(tise_eval(demo_run("faithful", {"--metrics", "CLIP-S,PA", "--output", path})).code, 0);
  const std::string signature = testing::read_json(path)["signature"];
  const Outcome of_report = tise_eval({"explain", path});
  EXPECT_EQ(of_report.code, 0);
  EXPECT_EQ(of_report.out, tise_eval({"explain", signature}).out);
  EXPECT_THAT(of_report.out, HasSubstr("Moves CLIP-S, PA."));
}

TEST(Explain, of_something_else_says_what_it_wants) {
  const Outcome outcome = tise_eval({"explain", "no-such-report.json"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("neither a signature"));
  const Outcome other = tise_eval({"explain", demo("captions.json")});
  EXPECT_EQ(other.code, 3);
  EXPECT_THAT(other.err, HasSubstr("captions.json: is no report: it has no \"signature\""));
}

}  // namespace
}  // namespace tise::cli
