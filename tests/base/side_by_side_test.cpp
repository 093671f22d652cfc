#include "tise/base/side_by_side.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>
#include <vector>

namespace tise {
namespace {

/// Runs each test with the given number of ATen threads.
class SideBySide : public ::testing::TestWithParam<int> {
 protected:
  ThreadsGuard threads_{GetParam()};
};

TEST_P(SideBySide, calls_with_each_number_once) {
  for (const std::int64_t n : {0, 1, 2, 1000}) {
    std::vector<std::atomic<int>> calls(static_cast<std::size_t>(n));
    side_by_side(n, [&](std::int64_t i) { ++calls[static_cast<std::size_t>(i)]; });
    for (const auto& count : calls) EXPECT_EQ(count, 1);
  }
}

TEST_P(SideBySide, covers_the_whole_in_ranges) {
  std::vector<std::atomic<int>> calls(10);
  side_by_side_in(10, 4, [&](std::int64_t begin, std::int64_t end) {
    EXPECT_LE(end - begin, 4);
    for (std::int64_t i = begin; i < end; ++i) ++calls[static_cast<std::size_t>(i)];
  });
  for (const auto& count : calls) EXPECT_EQ(count, 1);
}

TEST_P(SideBySide, gives_each_call_one_thread_and_restores_the_callers) {
  side_by_side(8, [](std::int64_t) { EXPECT_EQ(at::get_num_threads(), 1); });
  EXPECT_EQ(at::get_num_threads(), GetParam());
  int seen = 0;
  std::thread([&] { seen = at::get_num_threads(); }).join();
  EXPECT_EQ(seen, GetParam()) << "in threads started later";
}

TEST_P(SideBySide, rethrows_what_a_call_throws_and_makes_no_more_calls) {
  std::atomic<int> calls = 0;
  const auto fail = [&](std::int64_t) {
    ++calls;
    throw std::runtime_error("out of paper");
  };
  EXPECT_THROW(side_by_side(1000, fail), std::runtime_error);
  EXPECT_LE(calls, GetParam());
  EXPECT_EQ(at::get_num_threads(), GetParam());
}

INSTANTIATE_TEST_SUITE_P(OnThreads, SideBySide, ::testing::Values(1, 2, 5));

}  // namespace
}  // namespace tise
