// --protocol, and how the choices that were made are recorded.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/demo.h"
#include "support/pictures.h"

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
using testing::report_of;
using testing::signature_field;
using testing::SmallWorld;
using testing::TempFolder;
using testing::tise_eval;
using testing::values;

TEST(ProtocolTise, scores_a_store_like_the_toolbox_and_reports_it) {
  const SmallWorld world(96, 48);  // it leaves out objects that do not fill a batch of 50
  const std::string store = world.path("store");
  const json paper = report_of(tise_eval(world.run({"--store", store})));
  const json tise = report_of(tise_eval(world.run({"--store", store, "--protocol", "tise"})));
  EXPECT_FALSE(tise["run"]["stages"].contains("load"));  // nothing was encoded again
  const auto& metrics = tise["metrics"];
  EXPECT_LT(metrics["PA"]["value"], paper["metrics"]["PA"]["value"]);
  EXPECT_EQ(metrics["CLIP-S"]["value"], paper["metrics"]["CLIP-S"]["value"]);
  EXPECT_EQ(metrics["RP"]["estimator"], "sampled");
  EXPECT_EQ(metrics["IS*"]["temperature"], 0.9091363549232483);
  EXPECT_EQ(metrics["O-IS"]["temperature"], 2.1737587451934814);
  EXPECT_EQ(metrics["O-FID"]["n"].get<int>() % 50, 0);
  EXPECT_EQ(metrics["O-FID"]["n_real"].get<int>() % 50, 0);
  EXPECT_GT(metrics["O-FID"]["dropped"].get<int>(), 0);
  EXPECT_EQ(metrics["O-FID"]["n"].get<int>() + metrics["O-FID"]["dropped"].get<int>(),
            paper["metrics"]["O-FID"]["n"]);
  EXPECT_FALSE(metrics["IS"].contains("seed"));
  EXPECT_THAT(tise["signature"].get<std::string>(), HasSubstr("|protocol:tise|"));
  EXPECT_THAT(paper["signature"].get<std::string>(), HasSubstr("|protocol:paper|"));
  EXPECT_THAT(tise["warnings"].dump(), HasSubstr("instead of the card's"));
}

TEST(ProtocolTise, yields_to_explicit_flags) {
  const SmallWorld world(64, 64);
  const json report = report_of(tise_eval(world.run({"--protocol", "tise", "--rp", "exact", "--temperature",
                                                     "1.5", "--object-temperature", "2", "--splits", "4"})));
  EXPECT_EQ(report["metrics"]["RP"]["estimator"], "exact");
  EXPECT_EQ(report["metrics"]["IS*"]["temperature"], 1.5);
  EXPECT_EQ(report["metrics"]["O-IS"]["temperature"], 2.0);
  EXPECT_EQ(report["metrics"]["IS"]["splits"], 4);
  EXPECT_FALSE(report.value("warnings", json::array()).dump().find("instead of the card's") !=
               std::string::npos);
}

TEST(ProtocolTise, uses_statistics_made_with_it) {
  const SmallWorld world(64, 64);
  const auto against = [&](const std::string& real) {
    return values(report_of(
        tise_eval(world.run_without_real({"--metrics", "FID,O-FID", "--protocol", "tise", "--real", real}))));
  };
  const auto from_folder = against(world.path("real"));
  EXPECT_EQ(from_folder.size(), 2U);
  expect_same(against(world.statistics({"--protocol", "tise"})), from_folder, 1e-5);
}

TEST(ProtocolTise, makes_no_statistics_of_less_than_a_batch) {
  const SmallWorld world(1, 49);
  const Outcome outcome = tise_eval({"stats", "--models", "shapes", "--images", world.path("real"),
                                     "--protocol", "tise", "--output", world.path("real.npz")});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("49 images: protocol tise uses only full batches of 50"));
}

TEST(Stats, of_a_single_good_image_report_that_it_is_one) {
  const SmallWorld world(1, 1);
  testing::write_file(world.path("real/bad.png"), "no picture");
  const Outcome outcome = tise_eval({"stats", "--models", "shapes", "--images", world.path("real"),
                                     "--on-bad-image", "skip", "--output", world.path("real.npz")});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr(": 1 image: covariance needs 2"));
}

TEST(ProtocolTise, is_not_ranked_with_paper) {
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

class RealImages : public ::testing::Test {
 protected:
  /// Uncompressed pictures from these seeds: all files have the same size.
  std::filesystem::path written(const std::string& name, const std::vector<unsigned>& seeds) {
    std::filesystem::create_directory(folder_ / name);
    for (std::size_t i = 0; i < seeds.size(); ++i) {
      testing::write_picture(folder_ / name / (name + std::to_string(i) + ".bmp"), seeds[i], 20, 20);
    }
    return folder_ / name;
  }
  json against(const std::filesystem::path& real) {
    return report_of(tise_eval(
        {"--models", "shapes", "--images", images_.string(), "--metrics", "FID", "--real", real.string()}));
  }

  TempFolder folder_;
  std::filesystem::path images_ = written("images", {10, 11, 12, 13});
};

TEST_F(RealImages, are_identified_by_their_contents_in_the_signature) {
  const std::string set = signature_field(against(written("a", {1, 2, 3})), "features.set");
  EXPECT_EQ(set.size(), 12U);
  EXPECT_EQ(signature_field(against(written("b", {1, 2, 3})), "features.set"), set);  // other names
  EXPECT_NE(signature_field(against(written("c", {1, 2, 4})), "features.set"), set);
  EXPECT_NE(signature_field(against(written("d", {1, 2})), "features.set"), set);
}

TEST_F(RealImages, keep_their_name_in_statistics) {
  const std::filesystem::path real = written("a", {1, 2, 3});
  const std::string file = (folder_ / "real.npz").string();
  ASSERT_EQ(tise_eval({"stats", "--models", "shapes", "--images", real.string(), "--metrics", "FID",
                       "--output", file})
                .code,
            0);
  EXPECT_EQ(signature_field(against(file), "features.set"), signature_field(against(real), "features.set"));
}

TEST_F(RealImages, with_different_contents_are_not_ranked_even_if_their_number_is_the_same) {
  const std::string rival = (folder_ / "rival.json").string();
  const auto run = [&](const std::string& real, const Arguments& more) {
    Arguments arguments{"--models",  "shapes", "--images", images_.string(),
                        "--metrics", "FID",    "--real",   real};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return tise_eval(arguments);
  };
  const std::string real = written("a", {1, 2, 3}).string();
  ASSERT_EQ(run(real, {"--output", rival}).code, 0);
  EXPECT_TRUE(report_of(run(real, {"--against", rival}))["metrics"]["RS"]["value"].is_number());
  const json other = report_of(run(written("c", {1, 2, 4}).string(), {"--against", rival}));
  EXPECT_TRUE(other["metrics"]["RS"]["value"].is_null());
  EXPECT_THAT(other["metrics"]["RS"]["reason"], HasSubstr("not comparable: the real images: features.set:"));
  EXPECT_TRUE(other["metrics"]["FID"]["value"].is_number());
}

TEST(Protocol, with_an_unknown_name_is_wrong_usage) {
  const Outcome outcome = tise_eval(demo_run("faithful", {"--protocol", "papers"}));
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("\"papers\" is not one of paper|tise"));
}

TEST(Explain, takes_a_report_its_signature_or_samples) {
  const TempFolder folder;
  const std::string path = (folder / "report.json").string();
  const std::string samples = (folder / "samples.jsonl").string();
  ASSERT_EQ(
      tise_eval(demo_run("faithful", {"--metrics", "CLIP-S,PA", "--output", path, "--samples", samples}))
          .code,
      0);
  const std::string signature = testing::read_json(path)["signature"];
  const Outcome of_report = tise_eval({"explain", path});
  EXPECT_EQ(of_report.code, 0);
  EXPECT_EQ(of_report.out, tise_eval({"explain", signature}).out);
  EXPECT_EQ(of_report.out, tise_eval({"explain", samples}).out);
  EXPECT_THAT(of_report.out, HasSubstr("Affects CLIP-S, PA."));
}

TEST(Explain, of_something_else_states_what_it_expects) {
  const Outcome outcome = tise_eval({"explain", "no-such-report.json"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("neither a signature"));
  const Outcome other = tise_eval({"explain", demo("captions.json")});
  EXPECT_EQ(other.code, 3);
  EXPECT_THAT(other.err, HasSubstr("captions.json: is not a report: it has no \"signature\""));
}

}  // namespace
}  // namespace tise::cli
