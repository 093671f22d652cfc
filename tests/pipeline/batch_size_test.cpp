#include "tise/pipeline/batch_size.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tise/models/models.h"

namespace tise::pipeline {
namespace {

/// Runs two batches of the current size, since the first of a size only warms up.
void run(BatchSize& size, double seconds_an_item) {
  const std::size_t items = size.get();
  for (int i = 0; i < 2; ++i) size.took(items, seconds_an_item * static_cast<double>(items));
}

TEST(BatchSize, doubles_while_an_item_gets_faster_and_stops_at_the_knee) {
  BatchSize size(16, 512);
  std::vector<std::size_t> sizes;
  for (const double seconds : {1.0, 0.6, 0.5, 0.49, 0.3}) {
    sizes.push_back(size.get());
    run(size, seconds);
  }
  EXPECT_THAT(sizes, ::testing::ElementsAre(16, 32, 64, 128, 128));
  EXPECT_EQ(size.get(), 128);
}

TEST(BatchSize, never_exceeds_the_most) {
  BatchSize size(16, 40);
  for (const double seconds : {1.0, 0.5, 0.25, 0.1}) run(size, seconds);
  EXPECT_EQ(size.get(), 40);
}

TEST(BatchSize, does_not_change_if_it_is_fixed) {
  BatchSize size(16, 16);
  for (const double seconds : {1.0, 0.5, 0.25}) run(size, seconds);
  EXPECT_EQ(size.get(), 16);
}

TEST(BatchSize, ignores_batches_that_are_not_full) {
  BatchSize size(16, 512);
  for (int i = 0; i < 5; ++i) size.took(3, 0.001);
  EXPECT_EQ(size.get(), 16);
}

TEST(BatchSize, is_halved_if_memory_runs_out_and_does_not_grow_again) {
  BatchSize size(16, 512);
  run(size, 1.0);
  ASSERT_EQ(size.get(), 32);
  size.ran_out(32);
  for (const double seconds : {0.5, 0.2}) run(size, seconds);
  EXPECT_EQ(size.get(), 16);
}

TEST(InBatches, all_items_come_once_and_in_order_whatever_fits_into_memory) {
  for (const std::size_t fits : {1U, 2U, 3U, 7U, 100U}) {
    BatchSize size(8, 8);
    std::vector<std::size_t> seen;
    in_batches(21, size, [&](std::size_t begin, std::size_t end) {
      if (end - begin > fits) throw models::OutOfMemory("no memory");
      for (std::size_t i = begin; i < end; ++i) seen.push_back(i);
    });
    std::vector<std::size_t> expected(21);
    for (std::size_t i = 0; i < expected.size(); ++i) expected[i] = i;
    EXPECT_EQ(seen, expected) << fits;
  }
}

}  // namespace
}  // namespace tise::pipeline
