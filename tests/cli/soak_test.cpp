// The short form of benchmarks/soak.py: more images need no more memory and no more file descriptors.

#include <sys/resource.h>

#include "demo.h"
#include "support/arrays.h"

namespace tise::testing {
namespace {

/// The program's peak resident set size for a run over `images` images, in MiB.
double peak_over(std::size_t images) {
  const SmallWorld world(images);
  const Outcome run =
      tise_eval({"--models", "shapes", "--device", "cpu,cpu", "--batch-size", "256", "--images",
                 world.path("images"), "--captions", world.path("captions.json"), "--metrics", "O-IS"});
  EXPECT_EQ(run.code, 0) << run.err;
  return run.peak_mib;
}

// Crops have all sizes, and two lanes request memory in turn. Without the settings in jemalloc.cpp, 1,536
// images took 157 MiB more than 512. Now they take 18 MiB more, for captions, rows and the largest batch.
TEST(Soak, three_times_the_images_take_no_more_memory) {
  const double few = peak_over(512);
  rusage own{};
  ASSERT_EQ(::getrusage(RUSAGE_SELF, &own), 0);
  // On Linux the peak of a process carries over to the program that it executes.
  if (static_cast<double>(own.ru_maxrss) / 1024 >= few)
    GTEST_SKIP() << "needs a process of its own, as from ctest";
  EXPECT_LT(peak_over(1536), few + 64);
}

/// Same for a run over the rows of an array of 256 x 256 pixels, 192 kB each.
double peak_over_array(const TempFolder& folder, std::size_t images, bool deflates) {
  write_image_npz(folder / "set.npz", images, 256, 256, deflates);
  const Outcome run = tise_eval({"--models", "shapes", "--images", (folder / "set.npz").string(), "--metrics",
                                 "IS", "--batch-size", "64"});
  EXPECT_EQ(run.code, 0) << run.err;
  return run.peak_mib;
}

// 768 more rows would be 144 MiB.
TEST(Soak, an_array_is_never_read_whole) {
  const TempFolder folder;
  const double few = peak_over_array(folder, 256, false);
  rusage own{};
  ASSERT_EQ(::getrusage(RUSAGE_SELF, &own), 0);
  if (static_cast<double>(own.ru_maxrss) / 1024 >= few)
    GTEST_SKIP() << "needs a process of its own, as from ctest";
  EXPECT_LT(peak_over_array(folder, 1024, false), few + 40);
  EXPECT_LT(peak_over_array(folder, 1024, true), few + 40);
}

TEST(Soak, more_images_than_descriptors_can_be_read) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few{128, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  const SmallWorld world(256);
  const Outcome run = tise_eval(world.run({"--store", world.path("store")}));
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(run.code, 0) << run.err;
}

}  // namespace
}  // namespace tise::testing
