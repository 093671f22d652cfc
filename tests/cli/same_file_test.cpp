// Outputs that are the same file, or that would replace an input, are refused before anything runs.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "cli/small_run.h"

namespace tise::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class SameFile : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return world_.path(name); }

  /// Expects exit code 2, both flags in the error, and no changed file.
  static void expect_refused(const Arguments& arguments, const std::string& one, const std::string& other) {
    const Outcome outcome = tise_eval(arguments);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_THAT(outcome.err, AllOf(HasSubstr(one), HasSubstr(other)));
  }
  void expect_run_refused(const Arguments& more, const std::string& one, const std::string& other) const {
    expect_refused(world_.run(more), one, other);
  }

  SmallRun world_;
};

TEST_F(SameFile, cannot_be_two_outputs) {
  write_file(path("there"), "x");
  fs::create_hard_link(path("there"), path("hard"));
  fs::create_symlink("there", path("soft"));
  fs::create_symlink("new", path("to new"));
  fs::create_symlink(".", path("here"));
  for (const auto& [one, other] : std::vector<std::pair<std::string, std::string>>{{"there", "there"},
                                                                                   {"there", "./there"},
                                                                                   {"there", "soft"},
                                                                                   {"there", "hard"},
                                                                                   {"there", "here/there"},
                                                                                   {"new", "new"},
                                                                                   {"new", "images/../new"},
                                                                                   {"new", "to new"},
                                                                                   {"new", "here/new"}}) {
    expect_run_refused({"--output", path(one), "--samples", path(other)}, "--output and --samples",
                       "name the same file");
  }
  expect_run_refused({"--html", path("new"), "--markdown", path("new")}, "--html and --markdown", "");
  EXPECT_FALSE(fs::exists(path("new")));
}

TEST_F(SameFile, may_be_a_device) {
  EXPECT_EQ(tise_eval(world_.run({"--output", "/dev/null", "--samples", "/dev/null"})).code, 0);
  EXPECT_EQ(tise_eval(world_.run({"--samples", "/dev/stdout", "--output", "/dev/stdout"})).code, 0);
  EXPECT_EQ(tise_eval(world_.run({"--samples", "-", "--output", "-"})).code, 0);
}

TEST_F(SameFile, cannot_be_an_output_and_standard_output) {
  const std::string file = path("out.jsonl");
  const Outcome outcome = Program(world_.run({"--samples", file}), {}, [&] {
                            ::dup2(::open(file.c_str(), O_WRONLY | O_CREAT, 0600), STDOUT_FILENO);
                          }).wait();
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("standard output"));
}

TEST_F(SameFile, cannot_be_input_and_output) {
  world_.finish();
  fs::create_symlink("captions.json", path("link"));
  write_file(path("run.toml"), "");
  expect_run_refused({"--output", path("captions.json")}, "--output", "--captions");
  expect_run_refused({"--samples", path("link")}, "--samples", "--captions");
  expect_run_refused({"--references", path("references.json"), "--html", path("references.json")}, "--html",
                     "--references");
  expect_run_refused({"--baseline", path("samples.jsonl"), "--samples", path("samples.jsonl")}, "--samples",
                     "--baseline");
  expect_run_refused({"--against", path("report.json"), "--samples", path("report.json")}, "--samples",
                     "--against");
  expect_run_refused({"--config", path("run.toml"), "--markdown", path("run.toml")}, "--markdown",
                     "--config");
  expect_run_refused({"--output", path("images/a.png")}, "--output", "--images");
  expect_run_refused({"--output", path("real/a.png"), "--real", path("real")}, "--output", "--real");
  expect_run_refused({"--store", path("store"), "--output", path("store/report.json")}, "--output",
                     "--store");
  expect_run_refused({"--store", path("store"), "--output", path("store/store.json")}, "--output", "--store");
  expect_run_refused({"--baseline", path("store"), "--output", path("store/x.json")}, "--output",
                     "--baseline");
  EXPECT_THAT(read_json(path("captions.json")).size(), 3);
}

TEST_F(SameFile, cannot_be_an_archive_of_images_and_an_output) {
  write_file(path("shard-1.tar"), "");
  expect_refused({"stats", "--images", path("shard-{0..2}.tar"), "--output", path("shard-1.tar")}, "--output",
                 "--images");
}

TEST_F(SameFile, cannot_be_a_model_and_an_output) {
  fs::create_directory(path("models"));
  write_file(path("models/clip.pt"), "x");
  expect_refused({"--models", path("models"), "--images", path("images"), "--output", path("models/clip.pt")},
                 "--output", "--models");
  expect_refused({"calibrate", "--images", path("images"), "--labels", path("labels.json"), "--classifier",
                  path("models/clip.pt"), "--output", path("models/clip.pt")},
                 "--output", "--classifier");
  fs::create_symlink("clip.pt", path("models/models.lock"));
  expect_refused({"models", "--models", path("models"), "--lock"}, "--lock", "clip.pt");
}

TEST_F(SameFile, is_refused_by_every_command_that_writes) {
  world_.finish();
  expect_refused({"merge", path("store"), "--output", path("store/report.json")}, "--output", "stores");
  expect_refused({"merge", path("store"), "--output", path("x"), "--html", path("x")}, "--output", "--html");
  expect_refused({"rank", path("report.json"), "--output", path("report.json")}, "--output", "reports");
  expect_refused({"rank", path("report.json"), "--output", path("x"), "--html", path("x")}, "--output",
                 "--html");
  expect_refused({"compare", path("samples.jsonl"), path("store"), "--output", path("samples.jsonl")},
                 "--output", "samples");
  expect_refused({"annotate", "--captions", path("captions.json"), "--output", path("captions.json")},
                 "--output", "--captions");
  expect_refused({"calibrate", "--images", path("images"), "--labels", path("labels.json"), "--output",
                  path("labels.json")},
                 "--output", "--labels");
}

TEST_F(SameFile, may_be_written_again_and_be_next_to_images) {
  for (int times = 0; times < 2; ++times) {
    EXPECT_EQ(
        tise_eval(world_.run({"--output", path("images/report"), "--html", path("images/page.html")})).code,
        0);
  }
  fs::copy_file(path("images/a.png"), path("images/renamed"));
  expect_run_refused({"--output", path("images/renamed")}, "--output", "--images");
}

TEST_F(SameFile, cannot_be_a_report_of_a_history) {
  world_.finish();
  fs::create_directory(path("100"));
  fs::copy_file(path("report.json"), path("100/report.json"));
  fs::remove(path("report.json"));
  for (int times = 0; times < 2; ++times) {
    const Outcome outcome = tise_eval({"rank", "--over-time", path(""), "--output", path("history.json")});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
  }
  expect_refused({"rank", "--over-time", path(""), "--html", path("100/report.json")}, "--html",
                 "--over-time");
}

TEST_F(SameFile, may_be_among_the_reports_it_is_ranked_with) {
  world_.finish();
  const Outcome outcome = tise_eval({"--models", "shapes", "--threads", "1", "--metrics", "CLIP-S,RP",
                                     "--images", path("images"), "--captions", path("captions.json"),
                                     "--output", path("report.json"), "--against", path("report.json")});
  EXPECT_THAT(outcome.err, HasSubstr("is the report that this run writes; it is left out"));
}

}  // namespace
}  // namespace tise::testing
