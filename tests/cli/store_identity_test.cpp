// A store's rows belong to an image only if its file is the one they were made from, or has the same bytes.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "cli/demo.h"
#include "support/archives.h"
#include "tise/base/files.h"
#include "tise/image/decode.h"

namespace tise::cli {
namespace {

namespace fs = std::filesystem;
using testing::Arguments;
using testing::demo;
using ::testing::HasSubstr;
using testing::Outcome;
using testing::report_of;
using testing::TempFolder;
using testing::tise_eval;

constexpr std::size_t kPpms = 20;

/// Gives all files the same time, as in a reproducible archive.
void set_time(const fs::path& file) {
  const timespec then{1'000'000'000, 0};
  const timespec times[2]{then, then};
  ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), times, 0), 0);
}

/// Writes some of a checkpoint's images as PPM files, all of the same size, named 0.ppm, 1.ppm, …
void write_ppms(const std::string& checkpoint, const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(demo(checkpoint))) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (std::size_t i = 0; i < kPpms; ++i) {
    const image::Pixels pixels = image::decode(read_bytes(files[i], "image"));
    const fs::path file = folder / (std::to_string(i) + ".ppm");
    testing::write_file(file, "P6 " + std::to_string(pixels.width) + " " + std::to_string(pixels.height) +
                                  " 255\n" + std::string(pixels.rgb.begin(), pixels.rgb.end()));
    set_time(file);
  }
}

class StoreIdentity : public ::testing::Test {
 protected:
  void SetUp() override {
    write_ppms("faithful", folder_ / "a");
    write_ppms("collapsed", folder_ / "b");
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  Arguments run(const std::string& images, bool has_store = true) const {
    Arguments arguments{"--models", "shapes", "--images", path(images), "--metrics", "IS", "--splits", "2"};
    if (has_store) arguments.insert(arguments.end(), {"--store", path("store")});
    return arguments;
  }
  static double score(const Outcome& outcome) { return report_of(outcome)["metrics"]["IS"]["value"]; }
  /// The number of chunks with states of files that were identified by hash.
  std::size_t states() const {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(path("store"))) {
      count += entry.path().filename().string().starts_with("files-") ? 1 : 0;
    }
    return count;
  }

  TempFolder folder_;
};

TEST_F(StoreIdentity, images_of_the_same_names_sizes_and_times_are_not_the_same) {
  const double other = score(tise_eval(run("b", false)));
  const double first = score(tise_eval(run("a")));
  ASSERT_NE(first, other);
  EXPECT_EQ(score(tise_eval(run("b"))), other);
  EXPECT_EQ(score(tise_eval(run("a"))), first);
}

TEST_F(StoreIdentity, a_file_rewritten_in_place_with_its_old_time_is_noticed) {
  const double other = score(tise_eval(run("b", false)));
  const double first = score(tise_eval(run("a")));
  for (std::size_t i = 0; i < kPpms; ++i) {
    const fs::path file = folder_ / "a" / (std::to_string(i) + ".ppm");
    fs::copy_file(folder_ / "b" / file.filename(), file, fs::copy_options::overwrite_existing);
    set_time(file);
  }
  EXPECT_NE(first, other);
  EXPECT_EQ(score(tise_eval(run("a"))), other);
}

TEST_F(StoreIdentity, archives_of_the_same_name_size_and_time_are_not_the_same) {
  const auto pack = [&](const std::string& images) {
    testing::pack(path(images), path("images.tar"));
    set_time(path("images.tar"));
  };
  pack("b");
  const double other = score(tise_eval(run("images.tar", false)));
  const auto size = fs::file_size(path("images.tar"));
  pack("a");
  ASSERT_EQ(fs::file_size(path("images.tar")), size);
  const double first = score(tise_eval(run("images.tar")));
  pack("b");
  EXPECT_NE(first, other);
  EXPECT_EQ(score(tise_eval(run("images.tar"))), other);
}

TEST_F(StoreIdentity, statistics_are_not_those_of_another_folder) {
  const auto stats = [&](const std::string& images, const std::string& output, bool has_store) {
    Arguments arguments{"stats",     "--models", "shapes",   "--images",  path(images),
                        "--metrics", "FID",      "--output", path(output)};
    if (has_store) arguments.insert(arguments.end(), {"--store", path("store")});
    EXPECT_EQ(tise_eval(arguments).code, 0);
    return read_text(path(output), "statistics");
  };
  const std::string other = stats("b", "other.npz", false);
  EXPECT_NE(stats("a", "a.npz", true), other);
  EXPECT_EQ(stats("b", "b.npz", true), other);
}

TEST_F(StoreIdentity, a_moved_folder_is_hashed_once) {
  // Files written just now are identified only by hash, since the file clock may not have ticked since.
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));
  const double first = score(tise_eval(run("a")));
  EXPECT_EQ(states(), 0U);
  score(tise_eval(run("a")));
  EXPECT_EQ(states(), 0U) << "nothing has changed";
  fs::copy(path("a"), path("copy"));
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));
  for (int i = 0; i < 2; ++i) {
    const Outcome again = tise_eval(run("copy"));
    EXPECT_THAT(again.err, HasSubstr("20 of 20 images are in the store already"));
    EXPECT_EQ(score(again), first);
    EXPECT_EQ(states(), 1U) << "once";
  }
}

}  // namespace
}  // namespace tise::cli
