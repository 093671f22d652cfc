// Runs that are killed at any moment, and resume from their store.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <iostream>
#include <random>

#include "cli/demo.h"
#include "support/long_tests.h"
#include "support/pictures.h"

namespace tise::cli {
namespace {

namespace fs = std::filesystem;
using testing::Arguments;
using testing::demo;
using testing::demo_run;
using testing::expect_same;
using ::testing::HasSubstr;
using testing::Outcome;
using testing::read_json;
using testing::real_statistics;
using testing::report_of;
using testing::Stop;
using testing::TempFolder;
using testing::times;
using testing::tise_eval;
using testing::values;

constexpr std::size_t kImagesInKilledRun = 40;

/// Some of the demo's images and captions, and a store for them.
class Killed : public ::testing::Test, protected testing::SmallWorld {
 protected:
  Killed() : SmallWorld(kImagesInKilledRun) {}

  Arguments run(const std::string& report = "report.json") const {
    return {"--models",   "shapes",
            "--images",   path("images"),
            "--captions", path("captions.json"),
            "--real",     real_statistics(),
            "--metrics",  "CLIP-S,IS,FID,O-IS,O-FID,SOA-C,CA",
            "--output",   path(report),
            "--store",    path("store")};
  }

  /// The values of a run that isn't interrupted.
  std::map<std::string, double> undisturbed() const {
    EXPECT_EQ(tise_eval(run()).code, 0);
    const auto expected = values(read_json(folder_ / "report.json"));
    clear();
    return expected;
  }
  void clear() const {
    fs::remove_all(folder_ / "store");
    fs::remove(folder_ / "report.json");
  }
};

std::chrono::milliseconds taken_by(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
}

TEST_F(Killed, at_any_moment_a_run_goes_on_to_the_same_report) {
  const auto expected = undisturbed();
  const auto whole = taken_by([&] { EXPECT_EQ(tise_eval(run()).code, 0); });
  std::mt19937 random(7);
  std::uniform_int_distribution<int> moment(0, static_cast<int>(whole.count()));
  int killed = 0;
  for (int i = 0; i < times(3, 50); ++i) {
    clear();
    const int signal = std::array{SIGKILL, SIGTERM, SIGINT}[static_cast<std::size_t>(i) % 3];
    const Stop stop{signal, "", std::chrono::milliseconds(moment(random))};
    const Outcome outcome = tise_eval(run(), stop);
    killed += outcome.code == 0 ? 0 : 1;
    // If the report exists, it is complete.
    if (fs::exists(folder_ / "report.json"))
      expect_same(values(read_json(folder_ / "report.json")), expected, 1e-5);
    const Outcome again = tise_eval(run());
    EXPECT_EQ(again.code, 0) << again.err;
    expect_same(values(read_json(folder_ / "report.json")), expected, 1e-5);
  }
  std::cout << "[  killed  ] " << killed << " runs of up to " << whole.count() << " ms\n";
}

/// A run that is killed again and again also finishes, with one store.
TEST_F(Killed, again_and_again_it_gets_on) {
  const auto expected = undisturbed();
  std::mt19937 random(11);
  std::uniform_int_distribution<int> moment(300, 3000);
  for (int i = 0; i < times(4, 50); ++i) {
    tise_eval(run(), Stop{i % 2 == 0 ? SIGKILL : SIGTERM, "", std::chrono::milliseconds(moment(random))});
  }
  const Outcome outcome = tise_eval(run());
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  expect_same(values(read_json(folder_ / "report.json")), expected, 1e-5);
}

TEST_F(Killed, by_a_file_that_changes_in_between_it_takes_the_new_one) {
  tise_eval(run(), Stop{SIGTERM, "images", std::chrono::milliseconds(1500)});
  const nlohmann::json captions = read_json(folder_ / "captions.json");
  const std::string name = captions[0]["image"];
  fs::copy(demo("faithful") + "/" + name, folder_ / "images" / name, fs::copy_options::overwrite_existing);
  EXPECT_EQ(tise_eval(run()).code, 0);
  const auto resumed = values(read_json(folder_ / "report.json"));
  expect_same(resumed, undisturbed(), 1e-5);
}

/// A file system of this size; unmounted with the object.
class SmallDisk {
 public:
  SmallDisk(const fs::path& folder, const std::string& size) : folder_(folder) {
    fs::create_directory(folder);
    there_ = ::mount("tmpfs", folder.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (there_) ::umount2(folder_.c_str(), MNT_DETACH);
  }
  bool is_there() const { return there_; }
  void grow(const std::string& size) const {
    EXPECT_EQ(::mount("tmpfs", folder_.c_str(), "tmpfs", MS_REMOUNT, ("size=" + size).c_str()), 0);
  }

 private:
  fs::path folder_;
  bool there_;
};

TEST_F(Killed, by_a_full_disk_it_says_so_and_goes_on_when_there_is_room) {
  const auto expected = undisturbed();
  for (const char* size : {"16k", "64k", "112k", "160k"}) {
    const SmallDisk disk(folder_ / "store", size);
    if (!disk.is_there()) GTEST_SKIP() << "needs root, to mount a small file system";
    const Outcome outcome = tise_eval(run());
    EXPECT_EQ(outcome.code, 3) << size << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("No space left on device"));
    EXPECT_FALSE(fs::exists(folder_ / "report.json"));
    disk.grow("64m");
    const Outcome again = tise_eval(run());
    EXPECT_EQ(again.code, 0) << again.err;
    expect_same(values(read_json(folder_ / "report.json")), expected, 1e-5);
    fs::remove(folder_ / "report.json");
  }
}

TEST_F(Killed, while_another_uses_the_store_a_run_is_refused) {
  EXPECT_EQ(tise_eval(run()).code, 0);
  const int lock =
      ::open((folder_ / "store" / "lock").c_str(), O_RDWR);  // as a running process would hold it
  ASSERT_EQ(::flock(lock, LOCK_EX | LOCK_NB), 0);
  const Outcome second = tise_eval(run("second.json"));
  ::close(lock);
  EXPECT_EQ(second.code, 3);
  EXPECT_THAT(second.err, HasSubstr("in use by process "));
  EXPECT_FALSE(fs::exists(folder_ / "second.json"));
}

}  // namespace
}  // namespace tise::cli
