// tise-eval models: lists what is installed, and checks it against models.lock and against its export.

#include "tise/models/models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/demo.h"

namespace tise::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Outcome;
using testing::TempFolder;
using testing::tise_eval;

/// A models folder of the test's own.
class LockedModels : public ::testing::Test {
 protected:
  LockedModels() {
    for (const char* file : {"clip.pt", "inception.pt"}) {
      fs::copy(TISE_SOURCE_DIR "/models/shapes/" + std::string(file), folder_ / file);
    }
  }
  Outcome models(const std::string& flag) const {
    return tise_eval({"models", "--models", folder_.path().string(), flag});
  }
  const TempFolder folder_;
};

TEST(Models, are_listed_with_their_hashes_and_verified) {
  const Outcome outcome = tise_eval({"models", "--models", "shapes", "--verify"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("clip.pt"));
  EXPECT_THAT(outcome.out, HasSubstr("inception.pt"));
  EXPECT_THAT(outcome.out, HasSubstr("verified"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("models.lock")));  // they have one
}

TEST_F(LockedModels, are_verified_if_unchanged) {
  EXPECT_THAT(models("--verify").err, HasSubstr("no models.lock in this folder"));
  EXPECT_EQ(models("--lock").code, 0);
  const Outcome outcome = models("--verify");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, Not(HasSubstr("no models.lock in this folder")));
}

TEST_F(LockedModels, that_were_replaced_are_named_and_not_opened) {
  models("--lock");
  testing::write_file(folder_ / "clip.pt", "another program");
  const Outcome outcome = models("--verify");
  EXPECT_EQ(outcome.code, 4);
  EXPECT_THAT(outcome.out, HasSubstr("DIFFERENT FILE: models.lock has cb37021ff38a"));
  EXPECT_THAT(outcome.err, HasSubstr("1 of 2 could not be verified"));
  EXPECT_THAT(outcome.out + outcome.err, Not(HasSubstr("TorchScript")));
}

TEST_F(LockedModels, that_were_added_or_removed_are_named) {
  models("--lock");
  fs::rename(folder_ / "clip.pt", folder_ / "inception_fid.pt");
  const Outcome outcome = models("--verify");
  EXPECT_EQ(outcome.code, 4);
  EXPECT_THAT(outcome.out, HasSubstr("NOT IN models.lock"));
  EXPECT_THAT(outcome.out, HasSubstr("MISSING: models.lock lists it"));
}

TEST_F(LockedModels, with_a_damaged_lock_are_not_verified) {
  testing::write_file(folder_ / "models.lock", "cb37021 clip.pt\n");
  const Outcome outcome = models("--verify");
  EXPECT_EQ(outcome.code, 4);
  EXPECT_THAT(outcome.err, HasSubstr("models.lock: line 1: expected"));
}

TEST_F(LockedModels, may_have_any_name) {
  fs::copy(folder_ / "inception.pt", folder_ / "another-long-name_v1.2.pt");
  EXPECT_EQ(models("--lock").code, 0);
  const Outcome outcome = models("--verify");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("another-long-name_v1.2.pt classifier"));
  testing::write_file(folder_ / "another-long-name_v1.2.pt", "another program");
  EXPECT_EQ(models("--verify").code, 4);
}

TEST_F(LockedModels, that_are_not_archives_are_named) {
  testing::write_file(folder_ / "inception_fid.pt", "weights");  // every run would use it
  const Outcome outcome = models("--verify");
  EXPECT_EQ(outcome.code, 4);
  EXPECT_THAT(outcome.err, HasSubstr("inception_fid.pt: not a TorchScript archive"));
}

TEST_F(LockedModels, leave_weights_next_to_them_alone) {
  testing::write_file(folder_ / "weights.pt", "weights");
  EXPECT_EQ(models("--lock").code, 0);
  EXPECT_FALSE(models::read_lock(folder_.path())->contains("weights.pt"));
  const Outcome outcome = models("--verify");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, ContainsRegex("weights.pt .* ignored: not a model archive .it has no card.json"));
  EXPECT_THAT(tise_eval({"doctor", "--models", folder_.path().string()}).out,
              ContainsRegex("weights.pt .*ignored"));
}

TEST_F(LockedModels, are_locked_as_sha256sum_would) {
  models("--lock");
  const std::string check = "cd " + folder_.path().string() + " && sha256sum --check --status models.lock";
  EXPECT_EQ(std::system(check.c_str()), 0);
}

}  // namespace
}  // namespace tise::cli
