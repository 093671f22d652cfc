// Objects that the detector finds: counted, cropped, stored and compared.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/demo.h"
#include "models/tiny_archives.h"
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
using testing::read_json;
using testing::real_statistics;
using testing::report_of;
using testing::SmallWorld;
using testing::TempFolder;
using testing::tise_eval;
using testing::values;

constexpr const char* kObjectMetrics = "O-IS,O-FID,SOA-C,SOA-I,CA";

std::map<std::string, double> run(const SmallWorld& world, const Arguments& more) {
  return values(report_of(tise_eval(world.run_without_real(more))));
}

std::size_t chunks(const std::filesystem::path& store, const std::string& group) {
  const auto entries = std::filesystem::directory_iterator(store);
  return static_cast<std::size_t>(std::count_if(begin(entries), end(entries), [&](const auto& entry) {
    return entry.path().filename().string().starts_with(group + "-");
  }));
}

/// The demo's captions without some fields of each item.
std::string captions_without(const TempFolder& folder, const std::vector<std::string>& fields) {
  json captions = read_json(demo("captions.json"));
  for (json& item : captions) {
    for (const std::string& field : fields) item.erase(field);
  }
  testing::write_file(folder / "captions.json", captions.dump());
  return (folder / "captions.json").string();
}

TEST(Annotations, derived_from_the_captions_give_what_stated_ones_give) {
  const TempFolder folder;
  const std::string captions = captions_without(folder, {"position", "counts", "objects"});
  const auto derived =
      values(report_of(tise_eval({"--models", "shapes", "--images", demo("miscounting"), "--captions",
                                  captions, "--metrics", "SOA-C,SOA-I,CA,PA"})));
  const auto stated =
      values(report_of(tise_eval(demo_run("miscounting", {"--metrics", "SOA-C,SOA-I,CA,PA"}))));
  expect_same(derived, stated, 1e-12);
}

TEST(Annotations, with_a_class_that_the_detector_does_not_know_are_refused) {
  const TempFolder folder;
  json captions = read_json(demo("captions.json"));
  captions[2]["counts"] = {{"red cirkel", 2}};
  testing::write_file(folder / "captions.json", captions.dump());
  const Outcome outcome = tise_eval({"--models", "shapes", "--images", demo("faithful"), "--captions",
                                     (folder / "captions.json").string(), "--metrics", "CA"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("item 3"));
  EXPECT_THAT(
      outcome.err,
      HasSubstr("unknown class \"red cirkel\" in \"counts\"; the closest of the detector's 36 classes is "
                "\"red circle\""));
}

TEST(ObjectStore, a_higher_threshold_is_scored_without_a_model_and_a_lower_one_crops_again) {
  const SmallWorld world(64);
  const std::string store = world.path("store");
  const auto with = [&](const char* threshold) {
    return report_of(tise_eval(
        world.run({"--metrics", kObjectMetrics, "--store", store, "--detector-threshold", threshold})));
  };
  const auto fresh = [&](const char* threshold) {
    return values(
        report_of(tise_eval(world.run({"--metrics", kObjectMetrics, "--detector-threshold", threshold}))));
  };
  const auto half = values(with("0.5"));
  const std::size_t detections = chunks(store, "maskrcnn");
  const std::size_t crops = chunks(store, "crops@inception@maskrcnn");

  const json higher = with("0.9");
  EXPECT_FALSE(higher["run"]["stages"].contains("load")) << higher["run"];
  EXPECT_EQ(half.size(), 5U);
  expect_same(values(higher), fresh("0.9"), 1e-5);

  const json lower = with("0.2");
  EXPECT_EQ(chunks(store, "maskrcnn"), detections);
  EXPECT_GT(chunks(store, "crops@inception@maskrcnn"), crops);
  expect_same(values(lower), fresh("0.2"), 1e-5);
}

TEST(ObjectStore, stored_detections_are_cropped_without_the_detector) {
  const SmallWorld world;
  const std::string store = world.path("store");
  run(world, {"--metrics", "SOA-C", "--store", store});
  const Outcome later =
      tise_eval(world.run_without_real({"--metrics", "O-IS", "--store", store, "--verbose"}));
  EXPECT_THAT(later.err, HasSubstr("loading"));
  EXPECT_THAT(later.err, Not(HasSubstr("maskrcnn.pt")));
  expect_same(values(report_of(later)), run(world, {"--metrics", "O-IS"}), 1e-5);
}

TEST(RealObjects, from_a_folder_or_from_its_statistics_are_the_same) {
  const SmallWorld world;
  expect_same(run(world, {"--metrics", "FID,O-FID", "--real", world.path("real")}),
              run(world, {"--metrics", "FID,O-FID", "--real", world.statistics()}), 1e-5);
}

TEST(RealObjects, may_be_in_a_separate_file) {
  const SmallWorld world;
  expect_same(run(world, {"--metrics", "O-FID", "--real-objects", real_statistics()}),
              run(world, {"--metrics", "O-FID", "--real", real_statistics()}), 1e-12);
}

TEST(RealObjects, missing_from_statistics_make_o_fid_null) {
  const SmallWorld world;
  const std::string file = world.statistics({"--metrics", "FID"});
  const json report = report_of(tise_eval(world.run_without_real({"--real", file})));
  EXPECT_EQ(report["metrics"]["O-FID"]["reason"], "the real statistics have no objects");
  EXPECT_TRUE(report["metrics"]["FID"]["value"].is_number());
  const Outcome named = tise_eval(world.run_without_real({"--real", file, "--metrics", "O-FID"}));
  EXPECT_EQ(named.code, 2);
  EXPECT_THAT(named.err, HasSubstr("--real-objects FILE"));
  const Outcome other = tise_eval(world.run_without_real({"--real-objects", file, "--metrics", "O-FID"}));
  EXPECT_EQ(other.code, 3);
  EXPECT_THAT(other.err, HasSubstr("of images, not of objects"));
}

TEST(RealObjects, found_at_another_threshold_are_refused) {
  const Outcome outcome = tise_eval(demo_run(
      "faithful", {"--real", real_statistics(), "--metrics", "O-FID", "--detector-threshold", "0.7"}));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("made with threshold 0.5, this run has 0.7"));
  EXPECT_THAT(outcome.err, HasSubstr("tise-eval stats"));
}

TEST(Numbers, that_are_not_numbers_are_wrong_usage) {
  for (const char* flag : {"--detector-threshold", "--temperature", "--object-temperature"}) {
    const Outcome outcome = tise_eval(demo_run("faithful", {flag, "nan"}));
    EXPECT_EQ(outcome.code, 2) << flag;
    EXPECT_THAT(outcome.err, HasSubstr("\"nan\" is not a"));
  }
}

TEST(ThinPictures, that_a_detector_cannot_take_are_bad_images) {
  const TempFolder folder;
  testing::write_picture(folder / "images/a.png", 1, 64, 64);
  testing::write_picture(folder / "images/thin.png", 2, 3000, 1);
  const Arguments run{"--models", "shapes", "--images", (folder / "images").string(), "--metrics", "O-IS"};
  const Outcome failed = tise_eval(run);
  EXPECT_EQ(failed.code, 3);
  EXPECT_THAT(failed.err, HasSubstr("thin.png"));
  EXPECT_THAT(failed.err, HasSubstr("3000x1 pixels"));
  Arguments skipping = run;
  skipping.insert(skipping.end(), {"--on-bad-image", "skip"});
  EXPECT_EQ(report_of(tise_eval(skipping))["inputs"]["images"]["count"], 1);
}

TEST(Annotations, with_an_opposite_equal_to_the_caption_are_refused) {
  const TempFolder folder;
  json captions = read_json(demo("captions.json"));
  captions[1]["opposite"] = captions[1]["caption"];
  testing::write_file(folder / "captions.json", captions.dump());
  const Outcome outcome = tise_eval({"--models", "shapes", "--images", demo("faithful"), "--captions",
                                     (folder / "captions.json").string(), "--metrics", "PA"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("\"opposite\" is the same as the caption"));
}

TEST(DetectorThreshold, below_what_the_store_keeps_is_wrong_usage) {
  const Outcome outcome = tise_eval(demo_run("faithful", {"--detector-threshold", "0.01"}));
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--detector-threshold"));
}

TEST(SamplesOfObjects, list_the_detections_that_metrics_saw) {
  const SmallWorld world;
  const std::string file = world.path("samples.jsonl");
  run(world, {"--metrics", "CA,SOA-I", "--samples", file, "--detector-threshold", "0.6"});
  std::ifstream lines(file);
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  const json sample = json::parse(line);
  EXPECT_TRUE(sample["scores"].contains("CA"));
  ASSERT_FALSE(sample["detections"].empty());
  double last = 1;
  for (const json& found : sample["detections"]) {
    EXPECT_GE(found["score"].get<double>(), 0.6);
    EXPECT_LE(found["score"].get<double>(), last);
    last = found["score"];
    EXPECT_EQ(found["box"].size(), 4U);
    EXPECT_FALSE(found["label"].get<std::string>().empty());
  }
}

/// The demo models and further archives.
class OwnModels : public ::testing::Test {
 protected:
  OwnModels() {
    const std::filesystem::path shapes = std::filesystem::path(TISE_SOURCE_DIR) / "models/shapes";
    std::filesystem::create_directory(folder_ / "models");
    for (const char* file : {"clip.pt", "inception.pt", "maskrcnn.pt"}) {
      std::filesystem::create_symlink(shapes / file, models() / file);
    }
  }
  std::filesystem::path models() const { return folder_ / "models"; }
  json report(const std::string& metrics, const Arguments& more = {}) const {
    Arguments arguments{"--models",   models().string(),
                        "--images",   world_.path("images"),
                        "--captions", world_.path("captions.json"),
                        "--metrics",  metrics};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return report_of(tise_eval(arguments));
  }

  TempFolder folder_;
  SmallWorld world_;
};

TEST_F(OwnModels, may_have_classifiers_of_their_own_for_fid_and_for_objects) {
  for (const char* file : {"inception_fid.pt", "inception_objects.pt"}) {
    std::filesystem::copy(models() / "inception.pt", models() / file);
  }
  std::filesystem::remove(models() / "inception.pt");
  const json own = report("FID,O-FID,O-IS", {"--real", world_.path("real")});
  expect_same(values(own), run(world_, {"--metrics", "FID,O-FID,O-IS", "--real", world_.path("real")}), 1e-5);
  EXPECT_TRUE(own["models"].contains("inception_fid"));
  EXPECT_TRUE(own["models"].contains("inception_objects"));
}

TEST_F(OwnModels, may_have_a_counter_whose_numbers_ca_uses) {
  json card = testing::counter_card();
  card["labels"] = {"red circle", "blue stars"};  // a plural also means the class
  testing::save(testing::counter_module(), card, models() / "counter.pt");
  const json counted = report("CA");
  EXPECT_GT(counted["metrics"]["CA"]["value"].get<double>(), 1000.0);  // it counts the 4,096 pixels
  EXPECT_EQ(counted["metrics"]["CA"]["by_class"].size(), 2U);
  EXPECT_TRUE(counted["models"].contains("counter"));
  EXPECT_THAT(counted["signature"], Not(HasSubstr("detector")));
  EXPECT_THAT(counted["signature"], HasSubstr("counts:tiny@"));
  EXPECT_THAT(counted["signature"], HasSubstr("|labels:shapes-maskrcnn@"));
}

TEST_F(OwnModels, may_have_a_counter_with_two_labels_of_one_class_whose_numbers_add_up) {
  const auto error_of_circles = [&](const std::vector<std::string>& labels) {
    json card = testing::counter_card();
    card["labels"] = labels;
    testing::save(testing::counter_module(), card, models() / "counter.pt");
    return report("CA")["metrics"]["CA"]["by_class"]["red circle"]["value"].get<double>();
  };
  const double one = error_of_circles({"red circle", "blue star"});
  EXPECT_NEAR(error_of_circles({"red circle", "red circles"}) - one, 3.0, 1e-3);  // it counts 3 of the second
}

TEST_F(OwnModels, may_find_a_crowd_of_hundreds_in_every_image) {
  std::filesystem::remove(models() / "maskrcnn.pt");
  const std::string crowd =
      "{'boxes': torch.tensor([[0.0, 0.0, 30.0, 30.0]]).repeat([700, 1]), 'labels': torch.ones([700]), "
      "'scores': torch.full([700], 0.9)}";
  testing::save(testing::detector_module(crowd), testing::detector_card(), models() / "maskrcnn.pt");
  const TempFolder images;
  json captions = json::array();
  for (const unsigned seed : {0U, 1U, 2U}) {
    const std::string name = std::to_string(seed) + ".png";
    testing::write_picture(images / name, seed, 64, 64);
    captions.push_back({{"image", name}, {"caption", "two cats"}});
  }
  testing::write_file(folder_ / "captions.json", captions.dump());
  const json crowded =
      report_of(tise_eval({"--models", models().string(), "--images", images.path().string(), "--captions",
                           (folder_ / "captions.json").string(), "--metrics", "O-IS,SOA-C,CA"}));
  EXPECT_EQ(crowded["metrics"]["O-IS"]["n"], 2100);
  EXPECT_EQ(crowded["metrics"]["CA"]["value"], 698.0);
  EXPECT_EQ(crowded["metrics"]["SOA-C"]["value"], 1.0);
}

TEST_F(OwnModels, without_a_detector_leave_object_metrics_null_with_the_archives_name) {
  std::filesystem::remove(models() / "maskrcnn.pt");
  const json report_without =
      report_of(tise_eval({"--models", models().string(), "--images", world_.path("images"), "--captions",
                           world_.path("captions.json"), "--real", real_statistics()}));
  for (const char* key : {"O-IS", "O-FID", "SOA-C", "SOA-I", "CA"}) {
    EXPECT_THAT(report_without["metrics"][key]["reason"], HasSubstr("no maskrcnn.pt in")) << key;
  }
  EXPECT_TRUE(report_without["metrics"]["PA"]["value"].is_number());
  const Outcome named = tise_eval({"--models", models().string(), "--images", demo("faithful"), "--captions",
                                   demo("captions.json"), "--metrics", "CA"});
  EXPECT_EQ(named.code, 4);
  EXPECT_THAT(named.err, HasSubstr("CA: no maskrcnn.pt in"));
}

}  // namespace
}  // namespace tise::cli
