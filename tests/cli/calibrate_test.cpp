#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/demo.h"
#include "support/pictures.h"

namespace tise::cli {
namespace {

using nlohmann::json;
using testing::demo;
using testing::demo_run;
using ::testing::HasSubstr;
using testing::Outcome;
using testing::read_json;
using testing::report_of;
using testing::TempFolder;
using testing::tise_eval;

/// Labels each image with the first class in its caption. This is often wrong, so that there is a best T.
std::string labels_in(const TempFolder& folder) {
  json labels = json::object();
  for (const json& item : read_json(demo("captions.json"))) labels[item["image"]] = item["objects"][0];
  testing::write_file(folder / "labels.json", labels.dump());
  return (folder / "labels.json").string();
}

TEST(Calibrate, writes_an_archive_whose_is_star_has_the_temperature) {
  const TempFolder folder;
  const std::string store = (folder / "store").string();
  std::filesystem::create_directory(folder / "models");
  const std::string copy = (folder / "models" / "inception.pt").string();
  const json figures =
      report_of(tise_eval({"calibrate", "--models", "shapes", "--images", demo("faithful"), "--labels",
                           labels_in(folder), "--store", store, "--output", copy}));
  const double temperature = figures["temperature"];
  EXPECT_LT(figures["after"]["nll"], figures["before"]["nll"]);
  EXPECT_LT(figures["after"]["ece"], figures["before"]["ece"]);
  EXPECT_GT(figures["accuracy"], 0.1);

  const json calibrated = report_of(tise_eval(
      {"--models", (folder / "models").string(), "--images", demo("faithful"), "--metrics", "IS*"}));
  const json asked = report_of(tise_eval({"--models", "shapes", "--images", demo("faithful"), "--metrics",
                                          "IS*", "--temperature", std::to_string(temperature)}));
  EXPECT_EQ(calibrated["metrics"]["IS*"]["temperature"], temperature);
  EXPECT_NEAR(calibrated["metrics"]["IS*"]["value"].get<double>(),
              asked["metrics"]["IS*"]["value"].get<double>(), 1e-4);
  EXPECT_EQ(tise_eval({"models", "--models", (folder / "models").string(), "--verify"}).code, 0);

  const json again = report_of(tise_eval({"calibrate", "--models", "shapes", "--images", demo("faithful"),
                                          "--labels", labels_in(folder), "--store", store}));
  EXPECT_EQ(again["temperature"], figures["temperature"]);
}

TEST(Calibrate, takes_an_archive_from_anywhere) {
  const TempFolder folder;
  const std::string archive = TISE_SOURCE_DIR "/models/shapes/inception.pt";
  const Outcome outcome = tise_eval({"calibrate", "--classifier", archive, "--images", demo("faithful"),
                                     "--labels", labels_in(folder), "--models", "/nowhere"});
  EXPECT_GT(report_of(outcome)["temperature"], 0);
}

TEST(Calibrate, names_a_label_that_is_not_a_class) {
  const TempFolder folder;
  testing::write_file(folder / "labels.csv", "image,label\n000.jpg,35\n001.jpg,36\n");
  const Outcome outcome = tise_eval({"calibrate", "--models", "shapes", "--images", demo("faithful"),
                                     "--labels", (folder / "labels.csv").string()});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("line 3: label \"36\" is none of the classifier's 36 classes"));
}

TEST(Calibrate, refuses_two_labels_of_one_image_and_missing_images) {
  const TempFolder folder;
  testing::write_file(folder / "two.csv", "image,label\n000.jpg,3\n000,4\n");
  const Outcome two = tise_eval({"calibrate", "--models", "shapes", "--images", demo("faithful"), "--labels",
                                 (folder / "two.csv").string()});
  EXPECT_EQ(two.code, 3);
  EXPECT_THAT(two.err, HasSubstr("\"000.jpg\" has two labels"));
  testing::write_file(folder / "missing.csv", "image,label\n000.jpg,3\nnowhere.jpg,4\n");
  const Outcome missing = tise_eval({"calibrate", "--models", "shapes", "--images", demo("faithful"),
                                     "--labels", (folder / "missing.csv").string()});
  EXPECT_EQ(missing.code, 3);
  EXPECT_THAT(missing.err, HasSubstr("--subset evaluates only the labels whose images exist"));
}

}  // namespace
}  // namespace tise::cli
