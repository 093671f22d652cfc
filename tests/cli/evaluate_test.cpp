// The built program on the demo world, run as from a user's shell.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/demo.h"

namespace tise::cli {
namespace {

using nlohmann::json;
using testing::Arguments;
using testing::demo;
using testing::demo_run;
using testing::expect_same;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::Outcome;
using testing::read_json;
using testing::report_of;
using testing::SmallWorld;
using testing::TempFolder;
using testing::tise_eval;
using testing::values;

TEST(Demo, a_folder_of_real_images_gives_what_its_statistics_give) {
  const SmallWorld world;
  const auto from_folder = values(report_of(tise_eval(world.run())));
  EXPECT_TRUE(from_folder.contains("FID") && from_folder.contains("O-FID"));
  const Arguments with_file = world.run_without_real({"--real", world.statistics()});
  expect_same(from_folder, values(report_of(tise_eval(with_file))), 1e-5);
}

TEST(Demo, batch_size_and_threads_do_not_change_the_numbers) {
  const SmallWorld world(64);
  const auto usual = values(report_of(tise_eval(world.run())));
  for (const Arguments& choice :
       {Arguments{"--batch-size", "1"}, Arguments{"--batch-size", "7", "--threads", "1"},
        Arguments{"--batch-size", "64", "--threads", "5"}}) {
    expect_same(usual, values(report_of(tise_eval(world.run(choice)))), 1e-5);
  }
}

TEST(Demo, the_same_run_twice_is_the_same_to_the_bit) {
  const SmallWorld world(96);
  const Arguments run = world.run({"--threads", "2", "--batch-size", "8"});
  EXPECT_EQ(report_of(tise_eval(run))["metrics"], report_of(tise_eval(run))["metrics"]);
}

TEST(Demo, the_order_of_the_captions_does_not_change_the_numbers) {
  const SmallWorld world(64);
  const auto usual = values(report_of(tise_eval(world.run())));
  json captions = read_json(world.path("captions.json"));
  std::reverse(captions.begin(), captions.end());
  testing::write_file(world.path("captions.json"), captions.dump());
  expect_same(usual, values(report_of(tise_eval(world.run()))), 1e-12);
}

TEST(DemoStore, a_complete_store_is_scored_without_a_model) {
  const SmallWorld world;
  const Arguments run = world.run({"--store", world.path("store")});
  const json first = report_of(tise_eval(run));
  const json second = report_of(tise_eval(run));
  expect_same(values(first), values(second), 1e-12);
  EXPECT_TRUE(first["run"]["stages"].contains("load"));
  EXPECT_FALSE(second["run"]["stages"].contains("load")) << second["run"];
  EXPECT_TRUE(second["run"]["images_per_second"].is_null());
}

TEST(DemoStore, what_is_not_in_the_store_yet_is_encoded) {
  const SmallWorld world;
  const std::string store = world.path("store");
  report_of(tise_eval(world.run_without_real({"--metrics", "CLIP-S", "--store", store})));
  const auto joined = values(report_of(tise_eval(world.run({"--store", store}))));
  expect_same(values(report_of(tise_eval(world.run()))), joined, 1e-5);
  const json other = report_of(tise_eval(world.run_without_real(
      {"--metrics", "CLIP-S,RP", "--prompt", "There is ", "--temperature", "2", "--store", store})));
  EXPECT_NE(other["metrics"]["CLIP-S"]["value"], joined.at("CLIP-S"));
  EXPECT_DOUBLE_EQ(other["metrics"]["RP"]["value"], joined.at("RP"));
}

TEST(DemoStore, a_changed_image_is_encoded_again) {
  const TempFolder folder;
  std::filesystem::copy(demo("faithful"), folder / "images", std::filesystem::copy_options::recursive);
  const Arguments run{"--models",   "shapes",
                      "--images",   (folder / "images").string(),
                      "--captions", demo("captions.json"),
                      "--store",    (folder / "store").string(),
                      "--metrics",  "CLIP-S"};
  const auto before = values(report_of(tise_eval(run)));
  const auto first = *std::filesystem::directory_iterator(demo("faithful"));
  std::filesystem::copy_file(std::filesystem::path(demo("mismatched")) / first.path().filename(),
                             folder.path() / "images" / first.path().filename(),
                             std::filesystem::copy_options::overwrite_existing);
  const Outcome again = tise_eval(run);
  EXPECT_THAT(again.err, HasSubstr("are in the store already"));
  EXPECT_NE(values(report_of(again)).at("CLIP-S"), before.at("CLIP-S"));
}

TEST(DemoStore, a_store_of_other_models_is_refused) {
  const TempFolder folder;
  const std::string store = (folder / "store").string();
  report_of(tise_eval(demo_run("faithful", {"--metrics", "CLIP-S", "--store", store})));
  json description = read_json(folder / "store" / "store.json");
  description["models"]["clip"]["sha256"] = "0123456789abcdef";
  std::ofstream(folder / "store" / "store.json") << description;
  const Outcome outcome = tise_eval(demo_run("faithful", {"--metrics", "CLIP-S", "--store", store}));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("its clip rows were made with"));
  EXPECT_THAT(outcome.err, HasSubstr("0123456789ab"));
}

TEST(Prompt, is_separated_from_the_caption_by_a_blank) {
  const SmallWorld world;
  const json usual = report_of(tise_eval(world.run_without_real({"--metrics", "CLIP-S"})));
  const json without_blank =
      report_of(tise_eval(world.run_without_real({"--metrics", "CLIP-S", "--prompt", "A photo depicts"})));
  EXPECT_EQ(without_blank["signature"], usual["signature"]);
  EXPECT_EQ(values(without_blank), values(usual));
}

TEST(Cluster, replaces_the_caption_in_errors) {
  const SmallWorld world;
  constexpr std::size_t kEach = 4;
  constexpr double kClusters = SmallWorld::kImages / kEach;
  json captions = read_json(world.path("captions.json"));
  for (std::size_t i = 0; i < captions.size(); ++i) captions[i]["cluster"] = i / kEach;
  testing::write_file(world.path("captions.json"), captions.dump());
  const json report = report_of(tise_eval(
      world.run_without_real({"--metrics", "CLIP-S,IS", "--samples", world.path("samples.jsonl")})));
  for (const char* key : {"CLIP-S", "IS"}) {
    std::ifstream file(world.path("samples.jsonl"));
    std::vector<double> sums(SmallWorld::kImages / kEach);
    double squares = 0;  // over images
    std::string line;
    for (std::size_t i = 0; std::getline(file, line); ++i) {
      const json sample = json::parse(line);
      EXPECT_EQ(sample["cluster"], std::to_string(i / kEach));
      const double influence = sample["influence"][key];
      sums.at(i / kEach) += influence;
      squares += influence * influence;
    }
    double of_clusters = 0;
    for (const double sum : sums) of_clusters += sum * sum;
    const auto n = static_cast<double>(SmallWorld::kImages);
    const double variance = std::max(of_clusters * kClusters / (kClusters - 1),
                                     squares * n / (n - 1));  // each image is its own cluster
    EXPECT_NEAR(report["metrics"][key]["std_error"].get<double>(), std::sqrt(variance) / n, 1e-12) << key;
    EXPECT_EQ(report["metrics"][key]["clusters"], kClusters);
  }
}

TEST(CutTexts, are_counted_whether_they_are_encoded_or_in_the_store) {
  const SmallWorld world;
  json captions = read_json(world.path("captions.json"));
  std::string filling = "red";  // the demo's CLIP reads 24 tokens: the first, the last and these 22
  for (int i = 1; i < 22; ++i) filling += " red";
  captions[0]["caption"] = filling;
  captions[1]["caption"] = filling + " red and blue";
  captions[2]["caption"] = filling + " red and blue";
  testing::write_file(world.path("captions.json"), captions.dump());
  const std::string store = world.path("store");
  const auto run = [&](const std::string& metrics, const std::string& prompt) {
    return tise_eval(world.run_without_real({"--metrics", metrics, "--prompt", prompt, "--store", store}));
  };
  for (const Outcome& outcome : {run("RP", ""), run("RP", ""), tise_eval({"merge", store})}) {
    EXPECT_EQ(report_of(outcome)["inputs"]["captions"]["cut"], 1);
    EXPECT_THAT(outcome.err, HasSubstr("1 text was cut at 24 tokens by clip.pt; the rest is ignored"));
  }
  // With a prompt, the text that just filled it is cut too.
  EXPECT_EQ(report_of(run("CLIP-S", "A "))["inputs"]["captions"]["cut"], 2);
  EXPECT_EQ(report_of(run("CLIP-S,RP", "A "))["inputs"]["captions"]["cut"], 3);
  const Outcome unseen = run("IS", "");
  EXPECT_FALSE(report_of(unseen)["inputs"]["captions"].contains("cut"));
  EXPECT_THAT(unseen.err, Not(HasSubstr("cut at CLIP's")));
}

TEST(Report, records_what_it_is_made_of) {
  const json report = testing::demo_report("faithful");
  EXPECT_EQ(report["schema"], 1);
  EXPECT_EQ(report["tool"]["name"], "tise-eval");
  EXPECT_THAT(report["signature"], HasSubstr("prompt:A photo depicts "));
  EXPECT_THAT(report["signature"], HasSubstr("splits:10"));
  EXPECT_THAT(report["models"]["clip"]["demo"], HasSubstr("mean nothing on other images"));
  EXPECT_EQ(report["inputs"]["captions"]["count"], report["metrics"]["CLIP-S"]["n"]);
  EXPECT_EQ(report["inputs"]["real"]["sets"]["features"]["verified"], true);
  EXPECT_EQ(report["metrics"]["FID"]["higher_is_better"], false);
}

TEST(Report, a_metric_that_is_missing_something_is_null_with_the_reason) {
  const SmallWorld world;
  const json report = report_of(tise_eval({"--models", "shapes", "--images", world.path("images")}));
  EXPECT_TRUE(report["metrics"]["FID"]["value"].is_null());
  EXPECT_EQ(report["metrics"]["FID"]["reason"], "no real images given");
  EXPECT_EQ(report["metrics"]["CLIP-S"]["reason"], "no captions given");
  EXPECT_TRUE(report["metrics"]["IS"]["value"].is_number());
}

TEST(Report, goes_to_its_file_and_leaves_stdout_empty) {
  const TempFolder folder;
  const Outcome outcome =
      tise_eval(demo_run("faithful", {"--metrics", "CLIP-S", "--output", (folder / "report.json").string()}));
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, HasSubstr("CLIP-S"));
  EXPECT_TRUE(read_json(folder / "report.json")["metrics"]["CLIP-S"]["value"].is_number());
}

TEST(Report, quiet_prints_only_warnings) {
  const Outcome outcome = tise_eval(demo_run("faithful", {"--metrics", "CLIP-S", "--quiet"}));
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, Not(HasSubstr("computing")));
  EXPECT_THAT(outcome.err, HasSubstr("demo models"));
}

TEST(Samples, have_one_line_per_pair_in_the_captions_order) {
  const SmallWorld world;
  const json report =
      report_of(tise_eval(world.run_without_real({"--samples", world.path("samples.jsonl")})));
  const json captions = read_json(world.path("captions.json"));
  std::ifstream file(world.path("samples.jsonl"));
  std::string line;
  double sum = 0;
  std::size_t count = 0;
  while (std::getline(file, line)) {
    const json sample = json::parse(line);
    EXPECT_EQ(sample["caption"], captions.at(count).at("caption"));
    sum += sample["scores"]["CLIP-S"].get<double>();
    ++count;
  }
  ASSERT_EQ(count, captions.size());
  EXPECT_NEAR(sum / static_cast<double>(count), report["metrics"]["CLIP-S"]["value"].get<double>(), 1e-9);
}

}  // namespace
}  // namespace tise::cli
