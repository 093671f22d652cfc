// A finished store in a read-only folder can be used unchanged.

#include <gmock/gmock.h>

#include <chrono>
#include <thread>

#include "cli/small_run.h"

namespace tise::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ReadOnlyStore : public ::testing::Test {
 protected:
  ReadOnlyStore() {
    world_.finish();
    constexpr auto kRead = fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read;
    constexpr auto kEnter = kRead | fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
    for (const auto& entry : fs::directory_iterator(store_)) fs::permissions(entry.path(), kRead);
    fs::permissions(store_, kEnter);
  }
  ~ReadOnlyStore() override { fs::permissions(store_, fs::perms::all); }

  void SetUp() override {
    if (!runs_without_root()) GTEST_SKIP() << "only root can run " TISE_EVAL;
  }

  /// The names and times of its files.
  std::map<std::string, fs::file_time_type> state() const {
    std::map<std::string, fs::file_time_type> state;
    for (const auto& entry : fs::directory_iterator(store_)) {
      state[entry.path().filename().string()] = fs::last_write_time(entry.path());
    }
    return state;
  }
  Outcome run(const Arguments& arguments) const { return Program(arguments, {}, give_up_root).wait(); }
  /// A different prompt gives different texts.
  Outcome run_with_store(const Arguments& more) const {
    Arguments arguments{"--models",   "shapes",
                        "--threads",  "1",
                        "--metrics",  "CLIP-S",
                        "--captions", world_.path("captions.json"),
                        "--images",   world_.path("images"),
                        "--store",    store_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }

  SmallRun world_;
  const std::string store_ = world_.path("store");
};

TEST_F(ReadOnlyStore, is_scored_without_a_change) {
  const auto before = state();
  const Outcome outcome = run_with_store({});
  EXPECT_EQ(values(report_of(outcome)), values(read_json(world_.path("report.json"))));
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("is read-only; nothing will be added to it"),
                                 HasSubstr("3 of 3 images are in the store already")));
  EXPECT_EQ(state(), before);
}

TEST_F(ReadOnlyStore, recognizes_a_copy_of_its_images_without_recording_it) {
  const auto before = state();
  fs::rename(world_.path("images"), world_.path("original"));
  fs::copy(world_.path("original"), world_.path("images"));
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));  // until the file clock has ticked
  EXPECT_EQ(values(report_of(run_with_store({}))), values(read_json(world_.path("report.json"))));
  EXPECT_EQ(state(), before);
}

TEST_F(ReadOnlyStore, is_merged_and_compared) {
  const auto before = state();
  EXPECT_EQ(values(report_of(run({"merge", store_}))), values(read_json(world_.path("report.json"))));
  EXPECT_EQ(run({"compare", store_, world_.path("samples.jsonl")}).code, 0);
  EXPECT_EQ(state(), before);
}

TEST_F(ReadOnlyStore, reports_what_it_is_missing) {
  const auto before = state();
  write_picture(world_.path("images/c.png"), 99, 64, 64);
  const Outcome changed = run_with_store({});
  EXPECT_EQ(changed.code, 3);
  EXPECT_THAT(changed.err,
              HasSubstr("store " + store_ +
                        ": rows of 1 of 3 images (new or changed) are missing, and the store is read-only"));
  EXPECT_EQ(state(), before);
}

TEST_F(ReadOnlyStore, reports_missing_texts) {
  const Outcome outcome = run_with_store({"--prompt", "A drawing of"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("store " + store_ +
                                     ": embeddings of 3 texts are missing, and the store is read-only"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("loading")));
}

TEST_F(ReadOnlyStore, reports_missing_rows_of_another_network) {
  const Outcome outcome = run({"--models", "shapes", "--threads", "1", "--metrics", "IS", "--splits", "1",
                               "--images", world_.path("images"), "--store", store_});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("rows of 3 of 3 images (new or changed) are missing"));
}

}  // namespace
}  // namespace tise::testing
