// Metrics by a named archive (FID@other, CLIP-S@clip2), in one pass with the usual ones.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "cli/demo.h"
#include "models/tiny_archives.h"

namespace tise::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::Arguments;
using testing::expect_same;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Outcome;
using testing::report_of;
using testing::signature_field;
using testing::tise_eval;
using testing::values;

/// Of every role with a network of its own: the demo's, and a tiny one besides.
class NamedArchives : public ::testing::Test, protected testing::SmallWorld {
 protected:
  NamedArchives() : SmallWorld(24, 16) {
    const fs::path shapes = fs::path(TISE_SOURCE_DIR) / "models/shapes";
    fs::create_directory(folder_ / "models");
    for (const char* file : {"clip.pt", "inception.pt", "maskrcnn.pt"})
      fs::create_symlink(shapes / file, folder_ / "models" / file);
    testing::save(testing::clip_module(), testing::clip_card(), folder_ / "models/clip2.pt");
    testing::save(testing::inception_module(), testing::inception_card(), folder_ / "models/other.pt");
    testing::save(testing::encoder_module(), testing::encoder_card(), folder_ / "models/enc.pt");
    testing::save(testing::detector_module(testing::kTwoObjects), testing::detector_card(),
                  folder_ / "models/finder.pt");
  }
  Arguments run(const std::string& metrics, const Arguments& more = {}) const {
    Arguments arguments{"--models",   path("models"),        "--images",  path("images"),
                        "--captions", path("captions.json"), "--metrics", metrics};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  json report(const std::string& metrics, const Arguments& more = {}) const {
    return report_of(tise_eval(run(metrics, more)));
  }
  Arguments real() const { return {"--real", path("real")}; }
};

TEST_F(NamedArchives, are_read_in_one_run_and_give_what_they_give_alone) {
  const std::string all =
      "CLIP-S,CLIP-S@clip2,RP,RP@clip2,PA@clip2,IS@other,FID,FID@other,FID@enc,FID@clip,O-FID@other";
  const json together = report(all, real());
  EXPECT_NE(together["metrics"]["CLIP-S"]["value"], together["metrics"]["CLIP-S@clip2"]["value"]);
  EXPECT_NE(together["metrics"]["RP"]["value"], together["metrics"]["RP@clip2"]["value"]);
  EXPECT_NE(together["metrics"]["FID"]["value"], together["metrics"]["FID@other"]["value"]);
  std::map<std::string, double> alone;
  for (const char* metrics : {"CLIP-S,RP,FID", "CLIP-S@clip2,RP@clip2,PA@clip2",
                              "IS@other,FID@other,O-FID@other", "FID@enc", "FID@clip"})
    alone.merge(values(report(metrics, real())));
  expect_same(values(together), alone, 1e-6);
  EXPECT_TRUE(together["metrics"]["FID@other"].contains("std_error"));
}

TEST_F(NamedArchives, are_what_an_archive_in_the_usual_place_is) {
  const json named = report("CLIP-S@clip2,FID@other", real());
  fs::create_directory(folder_ / "usual");
  fs::copy(folder_ / "models/clip2.pt", folder_ / "usual/clip.pt");
  fs::copy(folder_ / "models/other.pt", folder_ / "usual/inception.pt");
  Arguments arguments = run("CLIP-S,FID", real());
  arguments[1] = path("usual");
  const json usual = report_of(tise_eval(arguments));
  EXPECT_EQ(named["metrics"]["CLIP-S@clip2"]["value"], usual["metrics"]["CLIP-S"]["value"]);
  EXPECT_EQ(named["metrics"]["FID@other"]["value"], usual["metrics"]["FID"]["value"]);
  EXPECT_EQ(signature_field(named, "clip@clip2"), signature_field(usual, "clip"));
  EXPECT_EQ(signature_field(named, "FID@other"), signature_field(usual, "FID"));
  EXPECT_EQ(signature_field(named, "FID@other.set"), signature_field(usual, "FID.set"));
}

TEST_F(NamedArchives, stand_in_signatures_beside_the_usual_ones) {
  const std::string signature = report("CLIP-S,CLIP-S@clip2")["signature"];
  EXPECT_THAT(signature, HasSubstr("metrics:CLIP-S,CLIP-S@clip2|clip:shapes-clip@"));
  EXPECT_THAT(signature, HasSubstr("|clip@clip2:tiny@"));
  const Outcome explained = tise_eval({"explain", signature});
  EXPECT_THAT(explained.out, HasSubstr("The network of images and texts. Moves CLIP-S@clip2."));
  EXPECT_THAT(explained.out, Not(HasSubstr("Not a field")));
}

TEST_F(NamedArchives, have_their_rows_in_one_store_and_in_its_parts) {
  const std::string metrics = "CLIP-S,CLIP-S@clip2,RP@clip2,FID@other,SOA-I,O-IS";
  const json whole = report(metrics, {"--real", path("real"), "--store", path("store")});
  const json again = report(metrics, {"--real", path("real"), "--store", path("store")});
  EXPECT_EQ(again["run"]["images_per_second"], nullptr);  // nothing was encoded
  expect_same(values(again), values(whole), 1e-12);
  for (const char* part : {"0", "1"}) {
    const Outcome encoded =
        tise_eval(run(metrics, {"--real", path("real"), "--store", path(std::string("part") + part),
                                "--shard", std::string(part) + "/2"}));
    EXPECT_EQ(encoded.code, 0) << encoded.err;
  }
  const json merged = report_of(tise_eval({"merge", path("part0"), path("part1")}));
  expect_same(values(merged), values(whole), 1e-6);
  EXPECT_EQ(merged["signature"], whole["signature"]);
}

TEST_F(NamedArchives, have_sets_of_their_own_in_statistics) {
  const std::string file = path("real.npz");
  const Outcome made = tise_eval({"stats", "--models", path("models"), "--images", path("real"), "--metrics",
                                  "FID,FID@other,FID@enc,O-FID,O-FID@other", "--output", file});
  EXPECT_EQ(made.code, 0) << made.err;
  const std::string metrics = "FID,FID@other,FID@enc,O-FID,O-FID@other";
  const json from_file = report(metrics, {"--real", file});
  expect_same(values(from_file), values(report(metrics, real())), 1e-6);
  EXPECT_EQ(from_file["inputs"]["real"]["sets"]["FID@other"]["verified"], true);
  const Outcome lacking = tise_eval(run("FID@clip", {"--real", file}));
  EXPECT_EQ(lacking.code, 2);
  EXPECT_THAT(lacking.err, HasSubstr("FID@clip: the real statistics have none for clip.pt"));
}

TEST_F(NamedArchives, that_cannot_play_the_part_or_are_missing_are_named) {
  const Outcome wrong = tise_eval(run("FID@finder", real()));
  EXPECT_EQ(wrong.code, 4);
  EXPECT_THAT(wrong.err,
              HasSubstr("finder.pt: holds a model of kind detector, not classifier or encoder or clip"));
  const Outcome missing = tise_eval(run("CLIP-S@clip3"));
  EXPECT_EQ(missing.code, 4);
  EXPECT_THAT(missing.err, HasSubstr("CLIP-S@clip3: no clip3.pt in"));
  const Outcome misspelt = tise_eval(run("CLIP-S@a/b"));
  EXPECT_EQ(misspelt.code, 2);
  EXPECT_THAT(misspelt.err, HasSubstr("behind @ stands the name of an archive"));
}

TEST_F(NamedArchives, may_be_gates_and_stand_beside_all_others) {
  const Outcome outcome = tise_eval(run("all,CLIP-S@clip2", {"--fail-under", "CLIP-S@clip2=2.4"}));
  EXPECT_EQ(outcome.code, 1) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("CLIP-S@clip2"));
  EXPECT_EQ(json::parse(outcome.out)["metrics"].size(), 13U);
}

}  // namespace
}  // namespace tise::cli
