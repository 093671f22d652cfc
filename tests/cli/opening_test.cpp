// How files become pictures, the same for all networks: --transform, --exif, --first-frame; and what the
// report states about the files.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/small_run.h"
#include "tise/base/files.h"

namespace tise::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::AllOf;
using testing::Arguments;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Outcome;
using testing::report_of;
using testing::signature_field;
using testing::SmallRun;
using testing::tise_eval;
using testing::write_picture;

std::string golden_file(const std::string& name) {
  return std::string(TISE_TEST_DATA) + "/image/data/decode/" + name;
}

class Opening : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return world_.path(name); }
  json report(const Arguments& more) const { return report_of(tise_eval(world_.run(more))); }
  std::string refusal(const Arguments& more, int code) const {
    const Outcome outcome = tise_eval(world_.run(more));
    EXPECT_EQ(outcome.code, code) << outcome.err;
    return outcome.err;
  }
  static std::vector<std::string> warnings(const json& report) {
    return report.value("warnings", std::vector<std::string>());
  }

  const SmallRun world_;
};

TEST_F(Opening, a_transform_is_in_the_signature_and_changes_values) {
  const json plain = report({});
  const json halved = report({"--transform", "resize=32:pillow-lanczos"});
  EXPECT_EQ(signature_field(plain, "transform"), "");
  EXPECT_EQ(signature_field(halved, "transform"), "resize=32:pillow-lanczos");
  EXPECT_NE(plain["metrics"]["CLIP-S"]["value"], halved["metrics"]["CLIP-S"]["value"]);
  EXPECT_EQ(halved["inputs"]["images"]["sizes"]["median"], (json{64, 64}));  // those of the files
  // A transform that changes nothing is still in the signature.
  const json same = report({"--transform", "square"});
  EXPECT_EQ(same["metrics"], plain["metrics"]);
  EXPECT_EQ(signature_field(same, "transform"), "square");
}

TEST_F(Opening, an_invalid_transform_is_wrong_usage) {
  EXPECT_THAT(refusal({"--transform", "resize=32"}, 2),
              HasSubstr("--transform: \"resize=32\": needs a filter"));
}

TEST_F(Opening, rows_of_another_transform_are_not_used_from_a_store) {
  report({"--store", path("store")});
  EXPECT_THAT(refusal({"--store", path("store"), "--transform", "square"}, 3),
              HasSubstr("its clip rows were made with transform none, but this run uses \"square\""));
  report({"--store", path("other"), "--transform", "square"});
  EXPECT_THAT(refusal({"--store", path("other")}, 3),
              HasSubstr("its clip rows were made with transform \"square\", but this run uses none"));
}

TEST_F(Opening, a_transform_goes_through_merge_to_the_page) {
  const json whole = report({"--store", path("store"), "--transform", "resize=32:box"});
  const Outcome outcome = tise_eval({"merge", path("store"), "--html", path("page.html")});
  EXPECT_EQ(report_of(outcome)["signature"], whole["signature"]);
  // The page shows pictures as the networks saw them.
  EXPECT_THAT(read_text(path("page.html"), "page"),
              AllOf(HasSubstr("\"width\":32"), Not(HasSubstr("\"width\":64"))));
}

TEST_F(Opening, runs_of_another_transform_are_not_comparable) {
  const auto write = [&](const std::string& name, const Arguments& more) {
    Arguments arguments = world_.run({"--output", path(name + ".json"), "--samples", path(name + ".jsonl")});
    arguments.insert(arguments.end(), more.begin(), more.end());
    EXPECT_EQ(tise_eval(arguments).code, 0);
  };
  write("plain", {});
  write("halved", {"--transform", "resize=32:box"});
  write("turned", {"--exif", "apply"});
  for (const char* other : {"halved", "turned"}) {
    const Outcome compared = tise_eval({"compare", path("plain.jsonl"), path(std::string(other) + ".jsonl")});
    EXPECT_EQ(compared.code, 3) << other;
    const Outcome ranked =
        tise_eval({"rank", path("plain.json"), path(std::string(other) + ".json"), "--metrics", "CLIP-S"});
    EXPECT_NE(ranked.code, 0) << other;
  }
  const Outcome compared = tise_eval({"compare", path("plain.jsonl"), path("halved.jsonl")});
  EXPECT_THAT(compared.err, HasSubstr("transform:none in"));
}

TEST_F(Opening, statistics_must_have_the_same_transform) {
  const auto stats = [&](const Arguments& more) {
    Arguments arguments{"stats",   "--models", "shapes",     "--metrics", "FID",
                        "--quiet", "--images", path("real"), "--output",  path("real.npz")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    EXPECT_EQ(tise_eval(arguments).code, 0);
  };
  const Arguments held{"--metrics", "FID", "--real", path("real.npz")};
  Arguments transformed = held;
  transformed.insert(transformed.end(), {"--transform", "resize=32:box"});
  stats({});
  EXPECT_THAT(refusal(transformed, 3),
              HasSubstr("made with transform none, but this run uses \"resize=32:pillow-box\""));
  stats({"--transform", "resize=32:box"});
  EXPECT_THAT(refusal(held, 3),
              HasSubstr("made with transform \"resize=32:pillow-box\", but this run uses none"));
  const json of_statistics = report(transformed);
  const json of_images = report({"--metrics", "FID", "--real", path("real"), "--transform", "resize=32:box"});
  EXPECT_EQ(of_statistics["metrics"]["FID"]["value"], of_images["metrics"]["FID"]["value"]);
}

TEST_F(Opening, an_image_that_the_transform_cannot_take_is_bad) {
  write_picture(path("images/b.png"), 7, 40, 20);
  EXPECT_THAT(refusal({"--transform", "crop=32"}, 3),
              HasSubstr("40 x 20 pixels, too small for crop=32x32 (--transform)"));
  const Outcome looked = tise_eval({"inputs", "--images", path("images"), "--transform", "crop=32"});
  EXPECT_EQ(looked.code, 3);
  EXPECT_THAT(looked.err, HasSubstr("too small for crop=32x32"));
  const json skipped = report({"--transform", "crop=32", "--on-bad-image", "skip"});
  EXPECT_EQ(skipped["inputs"]["images"]["count"], 2);
}

TEST_F(Opening, sizes_and_formats_are_in_the_report) {
  write_picture(path("images/b.png"), 7, 100, 50);
  fs::remove(path("images/c.png"));
  write_picture(path("images/c.jpg"), 8, 20, 10);
  const json images = report({"--store", path("store")})["inputs"]["images"];
  EXPECT_EQ(images["formats"], (json{{"JPEG", 1}, {"PNG", 2}}));
  EXPECT_EQ(images["sizes"], (json{{"smallest", {20, 10}}, {"median", {64, 64}}, {"largest", {100, 50}}}));
  EXPECT_EQ(report({"--store", path("store")})["inputs"]["images"], images);  // from the store alone
  EXPECT_EQ(report_of(tise_eval({"merge", path("store")}))["inputs"]["images"]["sizes"], images["sizes"]);
}

TEST_F(Opening, real_images_of_another_size_give_a_warning_unless_a_transform_is_given) {
  for (const char* name : {"a", "b", "c"})
    write_picture(path(std::string("real/") + name + ".png"), 9, 100, 96);
  const Arguments held{"--metrics", "FID", "--real", path("real")};
  const std::string said =
      "the real images are larger than the generated ones (medians 100 x 96 and 64 x 64), which affects "
      "distances; --transform resizes both to one size";
  EXPECT_THAT(warnings(report(held)), Contains(said));
  Arguments transformed = held;
  transformed.insert(transformed.end(), {"--transform", "square,resize=64:lanczos"});
  EXPECT_THAT(warnings(report(transformed)), Not(Contains(said)));
  const Outcome looked = tise_eval({"inputs", "--images", path("images"), "--real", path("real")});
  EXPECT_THAT(looked.err, HasSubstr(said));
}

TEST_F(Opening, exif_orientations_are_ignored_with_a_warning_or_applied) {
  fs::copy_file(golden_file("orientation.jpg"), path("images/d.jpg"));
  testing::write_file(path("captions.json"), R"({"a": "a star", "d": "a red circle"})");
  const json ignored = report({});
  const json applied = report({"--exif", "apply"});
  EXPECT_THAT(warnings(ignored),
              Contains("1 image has an EXIF orientation, which is ignored, as in other evaluators; pass "
                       "--exif apply to apply it"));
  EXPECT_EQ(ignored["inputs"]["images"]["exif_oriented"], 1);
  EXPECT_EQ(signature_field(ignored, "exif"), "");
  EXPECT_EQ(signature_field(applied, "exif"), "apply");
  EXPECT_THAT(applied.value("warnings", json::array()).dump(), Not(HasSubstr("EXIF")));
  EXPECT_NE(ignored["metrics"]["CLIP-S"]["value"], applied["metrics"]["CLIP-S"]["value"]);
}

TEST_F(Opening, animated_files_are_refused_by_name_without_first_frame) {
  fs::copy_file(golden_file("animated.webp"), path("images/d.webp"));
  fs::copy_file(golden_file("animated.png"), path("images/e.png"));
  testing::write_file(path("captions.json"), R"({"a": "a star", "d": "a red circle", "e": "a cross"})");
  const std::string err = refusal({}, 3);
  EXPECT_THAT(err,
              AllOf(HasSubstr("image d.webp: animated, 2 frames; use --first-frame to read only the first"),
                    HasSubstr("image e.png: animated, 2 frames")));
  const json first = report({"--first-frame", "--store", path("store")});
  EXPECT_THAT(refusal({"--store", path("store")}, 3), HasSubstr("image d.webp: animated"));
  EXPECT_EQ(first["inputs"]["images"]["count"], 3);
  EXPECT_EQ(first["inputs"]["images"]["animated"], 2);
}

}  // namespace
}  // namespace tise::cli
