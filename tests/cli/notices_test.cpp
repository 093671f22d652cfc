// Nothing is left out silently: unused inputs and likely mistakes are on stderr and in the report.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/demo.h"
#include "support/archives.h"

namespace tise::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::Arguments;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::Outcome;
using testing::report_of;
using testing::TempFolder;
using testing::tise_eval;
using testing::write_file;
using testing::write_picture;

std::vector<std::string> warnings_in(const json& report) {
  return report.value("warnings", std::vector<std::string>());
}

/// A folder with images a.png to d.png and captions for them.
class Notices : public ::testing::Test {
 protected:
  Notices() {
    for (const char* name : {"a", "b", "c", "d"}) picture(std::string("images/") + name + ".png");
    captions(R"({"a": "a red circle", "b": "two blue squares", "c": "a star", "d": "a cross"})");
  }
  void picture(const std::string& name) { write_picture(folder_ / name, ++seed_, 64, 64); }
  void captions(const std::string& content) { write_file(folder_ / "captions.json", content); }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  Outcome run(const Arguments& more, const std::string& images = "images") const {
    Arguments arguments{"--models", "shapes", "--images", path(images), "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return tise_eval(arguments);
  }
  Outcome run_captions(const std::string& metrics, const Arguments& more = {}) const {
    Arguments arguments{"--captions", path("captions.json"), "--metrics", metrics};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
  Outcome stats(const Arguments& more, const std::string& images = "images") const {
    Arguments arguments{"stats",     "--models", "shapes",   "--images",      path(images),
                        "--metrics", "FID",      "--output", path("real.npz")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return tise_eval(arguments);
  }
  Outcome calibrate(const Arguments& more = {}) const {
    Arguments arguments{"calibrate",    "--models", "shapes",           "--images",
                        path("images"), "--labels", path("labels.csv"), "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return tise_eval(arguments);
  }
  /// Expects this text once on stderr and in the report; returns the report.
  json expect_said(const Outcome& outcome, const std::string& text) const {
    json report = report_of(outcome);
    const std::size_t at = outcome.err.find(text);
    EXPECT_NE(at, std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.err.find(text, at + 1), std::string::npos) << outcome.err;
    EXPECT_THAT(warnings_in(report), Contains(HasSubstr(text)));
    return report;
  }

  TempFolder folder_;
  unsigned seed_ = 0;
};

TEST_F(Notices, do_not_appear_if_all_inputs_are_used) {
  const Outcome outcome = run_captions("CLIP-S");
  const json report = report_of(outcome);
  EXPECT_THAT(warnings_in(report), ElementsAre(HasSubstr("the demo models")));
  EXPECT_FALSE(report["inputs"]["images"].contains("left_out"));
  for (const char* note : {"empty", "with_references", "unknown_fields"})
    EXPECT_FALSE(report["inputs"]["captions"].contains(note)) << note;
}

TEST_F(Notices, say_which_archives_next_to_an_image_are_not_read) {
  picture("shards/loose.png");
  testing::pack(folder_ / "images", folder_ / "shards/00000.tar");
  testing::pack(folder_ / "images", folder_ / "shards/00001.tar");
  const std::string flag = "--images '" + path("shards") + "/{00000..00001}.tar'";
  const json report = expect_said(run({"--metrics", "IS", "--splits", "1"}, "shards"), flag);
  EXPECT_EQ(report["inputs"]["images"]["left_out"],
            json::parse(R"({"archives": {"count": 2, "first": ["00000.tar", "00001.tar"]}})"));
  EXPECT_THAT(stats({"--on-bad-image", "fail"}, "shards").err, HasSubstr(flag));  // one image is bad: exit 3

  picture("shards/other.png");
  const json compared = expect_said(run({"--metrics", "FID", "--real", path("shards")}),
                                    "--real '" + path("shards") + "/{00000..00001}.tar'");
  EXPECT_EQ(compared["inputs"]["real"]["left_out"]["archives"]["count"], 2);
  EXPECT_FALSE(compared["inputs"]["images"].contains("left_out"));
}

TEST_F(Notices, say_which_files_look_like_images_and_are_not_read) {
  fs::copy_file(path("images/a.png"), path("images/e.img"));
  write_file(folder_ / "labels.csv", "image,label\na,0\nb,1\nc,0\n");
  const std::string said =
      "images " + path("images") +
      ": 1 file looks like an image but has no image extension, and is not read (\"e.img\")";
  expect_said(run({"--metrics", "IS", "--splits", "1"}), said);
  EXPECT_THAT(stats({}).err, HasSubstr("real " + said));
  const Outcome calibrated = calibrate();
  EXPECT_THAT(calibrated.err, HasSubstr(said));
  EXPECT_THAT(calibrated.err, HasSubstr("1 image has no label and is left out, such as \"d.png\""));
}

TEST_F(Notices, survive_the_store_and_its_parts) {
  fs::copy_file(path("images/a.png"), path("images/e.img"));
  write_file(folder_ / "images/d.png", "");
  captions(R"([{"image": "a", "caption": ""}, {"image": "b", "caption": "a star", "seed": 7},
               {"image": "c", "caption": "two stars"}, {"image": "d", "caption": "a cross"}])");
  const Arguments skip{"--on-bad-image", "skip"};
  const json whole = report_of(run_captions("CLIP-S", skip));
  Arguments merge{"merge"};
  for (const char* part : {"0", "1", "2", "3"}) {
    const Outcome outcome = run_captions(
        "CLIP-S", {"--on-bad-image", "skip", "--shard", std::string(part) + "/4", "--store", path(part)});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    merge.push_back(path(part));
  }
  const json merged = report_of(tise_eval(merge));
  EXPECT_EQ(merged["inputs"], whole["inputs"]);
  EXPECT_EQ(merged["warnings"], whole["warnings"]);
  EXPECT_EQ(whole["inputs"]["captions"]["empty"], 1);
  EXPECT_THAT(warnings_in(whole), Contains("1 of 4 captions is empty"));
  EXPECT_THAT(warnings_in(whole),
              Contains(HasSubstr("1 of 4 images is left out (--on-bad-image skip): d.png")));
}

TEST_F(Notices, count_what_was_skipped) {
  write_file(folder_ / "images/b.png", "");
  write_file(folder_ / "images/d.png", "PK no picture");
  const Arguments skip{"--on-bad-image", "skip"};
  const json report =
      expect_said(run({"--metrics", "IS", "--splits", "1", "--on-bad-image", "skip"}),
                  "2 of 4 images are left out (--on-bad-image skip): b.png: empty file; d.png: ");
  EXPECT_EQ(report["inputs"]["images"]["skipped"].size(), 2U);

  const Outcome made = stats(skip);
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_THAT(made.err, HasSubstr("warning: 2 of 4 real images are left out (--on-bad-image skip): b.png"));
  EXPECT_THAT(made.err, HasSubstr(", 2 skipped: "));
  picture("others/a.png");
  picture("others/b.png");
  const json compared = report_of(run({"--metrics", "FID", "--real", path("real.npz")}, "others"));
  EXPECT_EQ(compared["inputs"]["real"]["skipped"], report["inputs"]["images"]["skipped"]);
  expect_said(tise_eval({"--models", "shapes", "--quiet", "--images", path("others"), "--metrics", "FID",
                         "--real", path("images"), "--on-bad-image", "skip"}),
              "2 of 4 real images are left out");

  write_file(folder_ / "labels.csv", "image,label\na,0\nb,1\nc,2\nd,1\n");
  const json figures = expect_said(calibrate(skip), "2 of 4 images are left out");
  EXPECT_EQ(figures["skipped"].size(), 2U);
}

TEST_F(Notices, are_errors_if_no_image_is_left) {
  for (const char* name : {"a", "b", "c", "d"})
    write_file(folder_ / "bad" / (std::string(name) + ".png"), "");
  write_file(folder_ / "labels.csv", "image,label\na,0\nb,1\nc,2\nd,1\n");
  const Arguments skip{"--on-bad-image", "skip"};
  const auto expect_refused = [&](const Outcome& outcome, const std::string& role) {
    EXPECT_EQ(outcome.code, 3) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(role + " " + path("bad") + ": none can be used:\n  a.png: empty"));
    EXPECT_THAT(outcome.out, IsEmpty());
  };
  expect_refused(run({"--metrics", "IS", "--on-bad-image", "skip"}, "bad"), "images");
  expect_refused(run({"--metrics", "FID", "--real", path("bad"), "--on-bad-image", "skip"}), "real images");
  expect_refused(stats(skip, "bad"), "real images");
  EXPECT_FALSE(fs::exists(path("real.npz")));
  expect_refused(tise_eval({"calibrate", "--models", "shapes", "--images", path("bad"), "--labels",
                            path("labels.csv"), "--on-bad-image", "skip"}),
                 "images");
  Arguments merge{"merge"};
  for (const char* part : {"0", "1"}) {
    const Outcome outcome = run({"--metrics", "IS", "--on-bad-image", "skip", "--shard",
                                 std::string(part) + "/2", "--store", path(part)},
                                "bad");
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("2 of 2 images are left out"));
    merge.push_back(path(part));
  }
  expect_refused(tise_eval(merge), "images");
}

TEST_F(Notices, say_how_many_captions_have_references) {
  write_file(folder_ / "references.json", R"({"a": ["one red circle"], "b": [], "c": [" "]})");
  const Arguments references{"--references", path("references.json")};
  const json report = expect_said(run_captions("RefCLIP-S", references),
                                  "references: 2 of 4 captions have references; RefCLIP-S uses only those");
  EXPECT_EQ(report["metrics"]["RefCLIP-S"]["n"], 2);
  EXPECT_EQ(report["inputs"]["captions"]["with_references"], 2);
  EXPECT_EQ(report["inputs"]["captions"]["empty_references"], 1);
  EXPECT_THAT(warnings_in(report), Contains("1 reference is empty"));
  EXPECT_THAT(run_captions("CLIP-S", references).err, Not(HasSubstr("have references")));

  // Items that RefCLIP-S doesn't use need no references.
  captions(R"([{"image": "a", "caption": "x", "references": ["y"]},
               {"image": "b", "caption": "z", "metrics": ["CLIP-S"]}])");
  EXPECT_THAT(run_captions("CLIP-S,RefCLIP-S").err, Not(HasSubstr("have references")));
}

TEST_F(Notices, say_that_captions_are_empty_or_all_the_same) {
  captions(R"({"a": "", "b": " \n", "c": "a star", "d": "a cross"})");
  const json report = expect_said(run_captions("CLIP-S"), "2 of 4 captions are empty");
  EXPECT_EQ(report["inputs"]["captions"]["empty"], 2);
  captions(R"({"a": "a star", "b": "a star", "c": "a star", "d": "a star"})");
  expect_said(run_captions("CLIP-S"), "all 4 captions are the same: \"a star\"");
}

TEST_F(Notices, name_fields_that_are_not_read) {
  captions(R"([{"image": "a", "caption": "x", "refrences": ["y"], "seed": 7},
               {"image": "b", "caption": "z"}, {"image": "c", "caption": "w"}, {"image": "d", "caption": "v"}])");
  const json report =
      expect_said(run_captions("CLIP-S"),
                  "1 item has a field \"refrences\", which is ignored; did you mean \"references\"?");
  EXPECT_THAT(report["inputs"]["captions"]["unknown_fields"], ElementsAre("refrences", "seed"));
  const Outcome annotated =
      tise_eval({"annotate", "--models", "shapes", "--captions", path("captions.json")});
  EXPECT_EQ(annotated.code, 0) << annotated.err;
  EXPECT_THAT(annotated.err, HasSubstr("did you mean \"references\"?"));
  EXPECT_THAT(annotated.err, HasSubstr("ignored fields: \"seed\"; they are not in the output"));
}

TEST_F(Notices, say_that_the_generated_images_are_the_real_ones) {
  const auto compared = [&](const std::string& images, const std::string& real) {
    return run({"--metrics", "FID", "--real", path(real)}, images);
  };
  picture("images/real/e.png");
  picture("images/real/f.png");
  expect_said(compared("images", "images/../images"),
              "--real and --images are the same images: distances between them mean nothing");
  expect_said(compared("images/real", "images"), "--real contains --images");
  expect_said(compared("images", "images/real"), "--images contains --real");
  picture("images-2/a.png");  // a name that only begins the same is not inside that folder
  picture("images-2/b.png");
  EXPECT_THAT(compared("images", "images-2").err, Not(HasSubstr("--real ")));
}

TEST_F(Notices, count_generated_images_that_are_real_ones) {
  for (const char* name : {"x", "y"}) picture("others/" + std::string(name) + ".png");
  fs::copy_file(path("images/c.png"), path("others/z.png"));
  const auto compared = [&](const std::string& real) {
    return run({"--metrics", "FID", "--real", path(real)});
  };
  expect_said(compared("others"), "1 of 4 images is a byte-for-byte copy of a real one");
  fs::copy(path("images"), path("copy"));
  expect_said(compared("copy"), "4 of 4 images are byte-for-byte copies of real ones");
  EXPECT_EQ(stats({}, "copy").code, 0);
  expect_said(compared("real.npz"), "4 of 4 images are byte-for-byte copies of real ones");
  EXPECT_EQ(stats({}, "others").code, 0);
  EXPECT_THAT(compared("real.npz").err, Not(HasSubstr("byte-for-byte")));
}

TEST_F(Notices, say_which_images_and_captions_have_no_partner) {
  captions(R"({"a": "a red circle", "b": "two blue squares", "z": "gone"})");
  const json report = expect_said(run_captions("CLIP-S", {"--subset"}),
                                  "2 images have no caption and are left out, such as \"c.png\"");
  EXPECT_THAT(warnings_in(report),
              Contains("1 caption has no image and is left out, such as \"z\" (--subset)"));
}

TEST_F(Notices, are_not_needed_for_names_in_another_unicode_form) {
  fs::rename(path("images/a.png"), path("images/cafe\u0301.png"));
  captions(R"({"caf\u00E9": "a red circle", "b": "x", "c": "y", "d": "z"})");
  const json report = report_of(run_captions("CLIP-S"));
  EXPECT_EQ(report["metrics"]["CLIP-S"]["n"], 4);
}

}  // namespace
}  // namespace tise::cli
