// What the user sees when something is wrong: an exit code, one clear line, and no files left behind.

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "support/pictures.h"
#include "support/program.h"
#include "support/temp_folder.h"
#include "tise/metrics/statistics_file.h"

namespace tise::cli {
namespace {

using testing::demo;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::Outcome;
using testing::TempFolder;
using testing::tise_eval;
using testing::write_file;
using testing::write_picture;

using Arguments = std::vector<std::string>;

/// A folder with images a.png, b.png, c.png and captions for them.
class BadInput : public ::testing::Test {
 protected:
  BadInput() {
    for (const unsigned seed : {0U, 1U, 2U}) {
      write_picture(folder_ / ("images/" + std::string(1, static_cast<char>('a' + seed)) + ".png"), seed, 64,
                    64);
    }
    captions(R"({"a": "a red circle", "b": "two blue squares", "c": "a star"})");
  }
  void captions(const std::string& content) { write_file(folder_ / "captions.json", content); }
  void image(const std::string& name, const std::string& content) {
    write_file(folder_ / ("images/" + name), content);
  }

  Outcome run(const Arguments& more = {}) const { return run_with("shapes", more); }
  /// A run with the models in this test's folder.
  Outcome run_own_models(const Arguments& more = {}) const {
    return run_with((folder_ / "models").string(), more);
  }
  Outcome run_with(const std::string& models, const Arguments& more) const {
    Arguments arguments{"--models",   models,
                        "--images",   (folder_ / "images").string(),
                        "--captions", (folder_ / "captions.json").string(),
                        "--output",   (folder_ / "report.json").string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return tise_eval(arguments);
  }
  /// Expects this exit code and this error, and no report, not even part of one.
  void expect_failure(const Outcome& outcome, int code, const std::string& message) const {
    EXPECT_EQ(outcome.code, code) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(message));
    EXPECT_THAT(outcome.err, Not(HasSubstr("LEFT BEHIND")));
    EXPECT_THAT(outcome.err, Not(HasSubstr("Exception raised from")));
    EXPECT_THAT(outcome.out, IsEmpty());
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      EXPECT_THAT(entry.path().filename().string(), Not(HasSubstr("report.json")));
    }
  }

  TempFolder folder_;
};

TEST_F(BadInput, good_input_succeeds) {
  const Outcome outcome = run({"--metrics", "CLIP-S,RP"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
}

TEST_F(BadInput, a_missing_image_names_the_count_and_the_flag) {
  captions(R"({"a": "x", "b": "y", "z": "gone"})");
  expect_failure(run(), 3, "--subset");
  EXPECT_EQ(run({"--subset", "--metrics", "CLIP-S"}).code, 0);
}

TEST_F(BadInput, an_item_names_an_unknown_metric) {
  captions(R"([{"image": "a", "caption": "x"}, {"image": "b", "caption": "y", "metrics": ["rp", "CLIPS"]}])");
  expect_failure(run(), 3,
                 R"(item 2: "metrics" contains "CLIPS", which is not a metric; the metrics are CLIP-S,)");
}

TEST_F(BadInput, a_truncated_image) {
  std::ifstream file(folder_ / "images/a.png", std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  image("a.png", bytes.substr(0, bytes.size() / 2));
  expect_failure(run(), 3, "image a.png: truncated");
}

TEST_F(BadInput, a_bad_real_image_is_found_before_the_work) {
  write_picture(folder_ / "real/good.png", 7, 64, 64);
  write_file(folder_ / "real/bad.png", "");
  const Outcome outcome = run({"--real", (folder_ / "real").string(), "--verbose"});
  expect_failure(outcome, 3, "real image bad.png: empty");
  EXPECT_THAT(outcome.err, Not(HasSubstr("loading")));
}

TEST_F(BadInput, an_empty_image) {
  image("b.png", "");
  expect_failure(run(), 3, "image b.png: empty");
}

TEST_F(BadInput, a_renamed_file) {
  image("c.png", "PK\x03\x04 this is an archive");
  expect_failure(run(), 3, "image c.png: not an image");
}

TEST_F(BadInput, a_bad_image_may_be_skipped_and_is_counted) {
  image("b.png", "");
  EXPECT_EQ(run({"--on-bad-image", "skip", "--metrics", "CLIP-S"}).code, 0);
  std::ifstream file(folder_ / "report.json");
  const std::string report{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(report, HasSubstr("b.png: empty"));
  EXPECT_THAT(report, HasSubstr("\"count\": 2"));
}

TEST_F(BadInput, absurd_dimensions_in_a_header) {
  std::ifstream file(folder_ / "images/a.png", std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  bytes[16] = '\x7f';  // width, big-endian
  bytes[20] = '\x7f';  // height
  image("a.png", bytes);
  expect_failure(run(), 3, "image a.png:");
}

TEST_F(BadInput, one_pixel_is_an_image) {
  write_picture(folder_ / "images/a.png", 9, 1, 1);
  EXPECT_EQ(run({"--metrics", "CLIP-S"}).code, 0);
}

TEST_F(BadInput, captions_that_are_not_json) {
  captions("a red circle\ntwo blue squares\n");
  expect_failure(run(), 3, "captions " + (folder_ / "captions.json").string());
}

TEST_F(BadInput, captions_of_another_shape) {
  captions(R"({"a": 5})");
  expect_failure(run(), 3, "captions " + (folder_ / "captions.json").string());
  captions("3");
  expect_failure(run(), 3, "captions " + (folder_ / "captions.json").string());
}

TEST_F(BadInput, no_captions_at_all) {
  captions("{}");
  expect_failure(run(), 3, "captions ");
}

TEST_F(BadInput, a_missing_captions_file) {
  expect_failure(tise_eval({"--models", "shapes", "--images", (folder_ / "images").string(), "--captions",
                            (folder_ / "none.json").string()}),
                 3, "none.json");
}

TEST_F(BadInput, swapped_images_and_captions) {
  const std::string images = (folder_ / "images").string();
  const std::string texts = (folder_ / "captions.json").string();
  const Outcome outcome = tise_eval({"--images", texts, "--captions", images});
  expect_failure(outcome, 2,
                 "--images and --captions look swapped: " + texts + " is a file of captions; pass");
  EXPECT_THAT(outcome.err, HasSubstr("pass --images " + images + " --captions " + texts));
}

TEST_F(BadInput, a_repeated_id) {
  captions(R"([{"id": "1", "image": "a", "caption": "x"}, {"id": "1", "image": "b", "caption": "y"}])");
  expect_failure(run(), 3, "\"1\"");
}

TEST_F(BadInput, an_empty_folder) {
  std::filesystem::create_directory(folder_ / "empty");
  expect_failure(tise_eval({"--models", "shapes", "--images", (folder_ / "empty").string()}), 3, "no images");
}

TEST_F(BadInput, a_missing_folder) {
  expect_failure(tise_eval({"--models", "shapes", "--images", (folder_ / "none").string()}), 3, "none");
}

TEST_F(BadInput, one_sample_has_no_covariance_and_too_few_splits) {
  captions(R"({"a": "a red circle"})");
  const Outcome outcome = run({"--real", (folder_ / "images").string()});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  std::ifstream file(folder_ / "report.json");
  const std::string report{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(report, HasSubstr("1 image: covariance needs 2"));
}

TEST_F(BadInput, an_output_in_a_missing_folder_is_found_before_the_work) {
  const std::string folder = (folder_ / "none").string();
  for (const std::string flag : {"--output", "--samples", "--html", "--markdown", "--junit"}) {
    const Outcome outcome = tise_eval({"--models", "shapes", "--images", (folder_ / "images").string(),
                                       "--fail-under", "IS=1", flag, folder + "/file"});
    expect_failure(outcome, 3, folder + "/file: its folder " + folder + " does not exist; create it first");
    EXPECT_THAT(outcome.err, Not(HasSubstr("computing"))) << flag;
  }
  const std::string file = (folder_ / "captions.json").string();
  const Outcome below = tise_eval(
      {"--models", "shapes", "--images", (folder_ / "images").string(), "--output", file + "/report.json"});
  expect_failure(below, 3, file + "/report.json: " + file + " is not a folder");
}

TEST_F(BadInput, missing_models_name_both_ways_out) {
  const Outcome outcome = tise_eval({"--images", (folder_ / "images").string()});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_THAT(outcome.err, HasSubstr("--models shapes"));
  EXPECT_THAT(outcome.err, HasSubstr("export"));
}

TEST_F(BadInput, a_broken_archive_is_one_line) {
  write_file(folder_ / "models/clip.pt", "this is no archive");
  const Outcome outcome = run_own_models();
  expect_failure(outcome, 4, "clip.pt");
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1);
}

TEST_F(BadInput, a_truncated_archive_is_one_line) {
  std::ifstream file(TISE_SOURCE_DIR "/models/shapes/clip.pt", std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  write_file(folder_ / "models/clip.pt", bytes.substr(0, bytes.size() / 2));
  const Outcome outcome = run_own_models();
  expect_failure(outcome, 4, "clip.pt");
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1);
}

TEST_F(BadInput, an_archive_of_the_wrong_kind) {
  std::filesystem::create_directory(folder_ / "models");
  std::filesystem::copy_file(TISE_SOURCE_DIR "/models/shapes/inception.pt", folder_ / "models/clip.pt");
  expect_failure(run_own_models(), 4, "clip.pt");
}

TEST_F(BadInput, a_metric_requested_by_name_without_its_input_is_wrong_usage) {
  expect_failure(run({"--metrics", "FID"}), 2, "FID: no real images given");
}

TEST_F(BadInput, a_metric_requested_by_name_without_its_model_is_a_model_error) {
  std::filesystem::create_directory(folder_ / "models");
  std::filesystem::copy_file(TISE_SOURCE_DIR "/models/shapes/inception.pt", folder_ / "models/inception.pt");
  expect_failure(run_own_models({"--metrics", "CLIP-S"}), 4, "no clip.pt in");
}

TEST_F(BadInput, wrong_usage_exits_with_2) {
  expect_failure(run({"--metrics", "CLIPS"}), 2, "no metric \"CLIPS\"");
  expect_failure(run({"--metrics", "cmmd"}), 2,
                 "--metrics: \"cmmd\" is MMD@clip-l336 here: MMD with the features of clip-l336.pt");
  expect_failure(run({"--frobnicate"}), 2, "--frobnicate");
  expect_failure(run({"--batch-size", "-3"}), 2, "--batch-size");
  expect_failure(run({"--device", "tpu"}), 2, "tpu");
  expect_failure(tise_eval({}), 2, "--images");
}

TEST_F(BadInput, numbers_agree_with_their_nouns) {
  captions(R"({"a": "a red circle", "b": "two blue squares"})");
  const std::string two = run({"--metrics", "CLIP-S"}).err;
  EXPECT_THAT(two, HasSubstr("2 images, 2 captions: computing CLIP-S"));
  EXPECT_THAT(two, HasSubstr("1 image has no caption and is left out, such as \"c.png\""));
  captions(R"({"a": "a red circle", "b": "a red circle", "c": "a star"})");
  EXPECT_THAT(run({"--metrics", "CLIP-S"}).err,
              HasSubstr("3 images of 2 prompts (1 to 2 each): computing CLIP-S"));
  captions(R"({"a": "a red circle", "z": "gone"})");
  const std::string one = run({"--metrics", "CLIP-S", "--subset"}).err;
  EXPECT_THAT(one, HasSubstr("1 image, 1 caption: computing CLIP-S"));
  EXPECT_THAT(one, HasSubstr("2 images have no caption and are left out, such as \"b.png\""));
  EXPECT_THAT(one, HasSubstr("1 caption has no image and is left out, such as \"z\" (--subset)"));
  std::filesystem::remove(folder_ / "report.json");
  captions(R"({"z": "gone"})");
  expect_failure(run(), 3, "its image is missing (expected \"z\"");
}

TEST_F(BadInput, a_file_that_is_not_statistics_is_refused) {
  write_file(folder_ / "real.npz", "not a zip");
  expect_failure(run({"--real", (folder_ / "real.npz").string()}), 3, "real statistics");
}

/// Unusable statistics are refused before any image is read: one of the images is bad too.
TEST_F(BadInput, real_statistics_of_the_wrong_kind_are_found_before_the_work) {
  image("b.png", "nothing");
  const std::string store = (folder_ / "store").string();
  const auto expect_refusal = [&](const std::string& flag, const std::string& statistics,
                                  const std::string& why) {
    const std::string path =
        statistics.find('/') == std::string::npos ? TISE_TEST_DATA "/metrics/npz/" + statistics : statistics;
    expect_failure(run({flag, path, "--store", store}), 3, "real statistics " + path + ": " + why);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "store/store.json")) << statistics;
  };
  for (const std::string flag : {"--real", "--real-objects"}) {
    expect_refusal(flag, "compressed.npz", "its features have 2 dimensions, but those of ");
    expect_refusal(flag, "not_finite.npz", "\"sigma\" has a value that is not finite");
    expect_refusal(flag, "not_symmetric.npz", "\"sigma\" is not symmetric");
    expect_refusal(flag, "first_edition.npz", "made by an older tise-eval; remake it with tise-eval stats");
    expect_refusal(flag, "wrong_shape.npz", "\"sigma\" is 3 × 3");
  }
  metrics::MomentsAccumulator rows;
  rows.add(at::eye(3));
  const std::string others = (folder_ / "others.npz").string();
  metrics::write_statistics(others, {.sets = {{"", {rows.moments(), "abc123", "{}", "a set"}}}});
  expect_refusal("--real", others, "made with another network (abc123");
}

TEST_F(BadInput, json_that_is_nested_too_deep) {
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  const auto file = [&](const std::string& name, const std::string& content) {
    write_file(folder_ / name, content);
    return (folder_ / name).string();
  };
  const std::string why = "nested more than 100 deep";
  const std::string images = (folder_ / "images").string();
  const std::string plain = file("deep.json", deep);
  const std::string report =
      file("reports/step1.json", R"({"schema": 1, "tool": {"name": "tise-eval"}, "metrics": )" + deep + "}");
  const std::string lines = R"({"image": "a", "caption": "x"})"
                            "\n"
                            R"({"image": "b", "caption": )" +
                            deep + "}\n";
  for (const std::string& content : {deep, lines}) {
    captions(content);
    expect_failure(run(), 3, "captions " + (folder_ / "captions.json").string() + ": ");
    expect_failure(run(), 3, why);
    expect_failure(tise_eval({"annotate", "--captions", (folder_ / "captions.json").string()}), 3, why);
  }
  captions("image,caption,objects\na,x,\"" + deep + "\"\n");
  expect_failure(run(), 3, "line 2: \"objects\" must be JSON in its cell");
  captions(R"({"a": "a red circle", "b": "two blue squares", "c": "a star"})");
  expect_failure(run({"--references", plain}), 3, "references " + plain + ": " + why);
  expect_failure(run({"--against", plain}), 3, "report " + plain + ": " + why);
  expect_failure(run({"--baseline", plain, "--fail-if-worse"}), 3, "samples " + plain + ": line 1: " + why);
  expect_failure(tise_eval({"calibrate", "--models", "shapes", "--images", images, "--labels", plain}), 3,
                 why);
  expect_failure(tise_eval({"rank", plain, report}), 3, "report " + plain + ": " + why);
  expect_failure(tise_eval({"rank", "--over-time", (folder_ / "reports").string()}), 3, why);
  expect_failure(tise_eval({"compare", plain, plain}), 3, "samples " + plain + ": line 1: " + why);
  expect_failure(tise_eval({"explain", report}), 3, "report " + report + ": " + why);
  file("store/store.json", deep);
  expect_failure(run({"--store", (folder_ / "store").string()}), 3, why);
  expect_failure(tise_eval({"merge", (folder_ / "store").string()}), 3, why);
}

TEST_F(BadInput, a_configuration_that_is_nested_too_deep) {
  const auto config = [&](const std::string& content) {
    write_file(folder_ / "run.toml", content);
    return run({"--config", (folder_ / "run.toml").string()});
  };
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  std::string dotted = "a";
  for (int i = 0; i < 200'000; ++i) dotted += ".a";
  for (const std::string& content : {"splits = " + deep, dotted + " = 1", "[" + dotted + "]\n",
                                     "[[" + dotted + "]]", "\"\" = {" + dotted + " = 1}"}) {
    expect_failure(config(content), 3, "run.toml");
  }
  const std::string dots(1000, '.');  // not keys
  for (const std::string& text : {"\"" + dots + "\"", "'" + dots + "'", "'''\n" + dots + "\"'''",
                                  "\"\"\"" + dots + "\\\"\n" + dots + "\"\"\"", "\"\" # " + dots}) {
    EXPECT_EQ(config("metrics = \"CLIP-S\"\nprompt = " + text + "\n").code, 0) << text;
  }
}

TEST_F(BadInput, help_and_version_succeed) {
  EXPECT_EQ(tise_eval({"--help"}).code, 0);
  EXPECT_THAT(tise_eval({"--help"}).out, HasSubstr("--captions"));
  EXPECT_EQ(tise_eval({"--version"}).code, 0);
}

TEST(Interrupt, ends_the_run_with_130) {
  const Outcome outcome =
      tise_eval({"--models", "shapes", "--images", demo("faithful"), "--captions", demo("captions.json"),
                 "--batch-size", "1", "--threads", "1", "--verbose"},
                testing::Stop{SIGINT, "loading"});
  EXPECT_EQ(outcome.code, 130);
  EXPECT_THAT(outcome.err, HasSubstr("interrupted"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("LEFT BEHIND")));
}

}  // namespace
}  // namespace tise::cli
