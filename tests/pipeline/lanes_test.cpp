#include "tise/pipeline/lanes.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <stdexcept>
#include <thread>
#include <vector>

namespace tise::pipeline {
namespace {

using ::testing::ElementsAre;

const std::vector<c10::Device> kTwo{c10::kCPU, c10::kCPU};
constexpr std::chrono::seconds kAtMost{30};  // so that a failing test ends

TEST(Lanes, a_single_one_is_the_calling_thread) {
  Lanes lanes({c10::kCPU});
  const auto here = std::this_thread::get_id();
  bool delivered = false;
  lanes.run([&](c10::Device) {
    EXPECT_EQ(std::this_thread::get_id(), here);
    return [&] { delivered = true; };
  });
  EXPECT_TRUE(delivered);
}

TEST(Lanes, two_work_in_parallel) {
  std::array<std::promise<void>, 2> begun;
  std::array<bool, 2> saw_the_other{};
  Lanes lanes(kTwo);
  for (std::size_t i = 0; i < 2; ++i) {
    lanes.run([&, i](c10::Device) {
      begun[i].set_value();
      saw_the_other[i] = begun[1 - i].get_future().wait_for(kAtMost) == std::future_status::ready;
      return [] {};
    });
  }
  lanes.finish();
  EXPECT_THAT(saw_the_other, ElementsAre(true, true));
}

TEST(Lanes, deliver_in_the_order_given_on_the_calling_thread) {
  std::latch second_is_done(1);
  std::vector<int> delivered;
  const auto here = std::this_thread::get_id();
  Lanes lanes(kTwo);
  for (int i = 0; i < 9; ++i) {
    lanes.run([&, i](c10::Device) {
      if (i == 0) second_is_done.wait();
      if (i == 1) second_is_done.count_down();
      return [&, i] {
        EXPECT_EQ(std::this_thread::get_id(), here);
        delivered.push_back(i);
      };
    });
  }
  lanes.finish();
  EXPECT_THAT(delivered, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8));
}

TEST(Lanes, take_at_most_one_task_ahead) {
  std::atomic<int> ended = 0;
  int most_under_way = 0;
  Lanes lanes(kTwo);
  for (int given = 1; given <= 100; ++given) {
    lanes.run([&](c10::Device) {
      at::ones({64, 64}).mm(at::ones({64, 64}));  // takes longer than giving the next task
      ++ended;
      return [] {};
    });
    most_under_way = std::max(most_under_way, given - ended);
  }
  lanes.finish();
  EXPECT_LE(most_under_way, 3);  // two are running, one is waiting
}

TEST(Lanes, are_not_blocked_by_a_long_task) {
  std::latch others(10);
  std::vector<int> delivered;
  Lanes lanes(kTwo);
  lanes.run([&](c10::Device) {
    others.wait();
    return [&] { delivered.push_back(0); };
  });
  for (int i = 1; i <= 10; ++i) {
    lanes.run([&, i](c10::Device) {
      others.count_down();
      return [&, i] { delivered.push_back(i); };
    });
  }
  lanes.finish();
  EXPECT_THAT(delivered, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
}

TEST(Lanes, throw_what_work_throws_when_its_turn_comes) {
  std::vector<int> delivered;
  const auto run_all = [&] {
    Lanes lanes(kTwo);
    for (int i = 0; i < 6; ++i) {
      lanes.run([&, i](c10::Device) -> Lanes::Delivery {
        if (i == 2) throw std::runtime_error("no");
        return [&, i] { delivered.push_back(i); };
      });
    }
    lanes.finish();
  };
  EXPECT_THROW(run_all(), std::runtime_error);
  EXPECT_THAT(delivered, ElementsAre(0, 1));
}

TEST(Lanes, share_the_threads_of_the_cpu_and_give_them_back) {
  const int before = at::get_num_threads();
  at::set_num_threads(4);
  {
    std::atomic<int> seen = 0;
    Lanes lanes(kTwo);
    for (int i = 0; i < 2; ++i) {
      lanes.run([&](c10::Device) {
        seen = at::get_num_threads();
        return [] {};
      });
    }
    lanes.finish();
    EXPECT_EQ(seen, 2);
  }
  EXPECT_EQ(at::get_num_threads(), 4);
  at::set_num_threads(before);
}

}  // namespace
}  // namespace tise::pipeline
