// Several processes of a launcher fill one store together. The first gives the same report as a single
// process.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <deque>
#include <set>

#include "cli/demo.h"

namespace tise::cli {
namespace {

namespace fs = std::filesystem;
using testing::Arguments;
using testing::demo;
using testing::expect_same;
using ::testing::HasSubstr;
using testing::Outcome;
using testing::Program;
using testing::read_json;
using testing::report_of;
using testing::tise_eval;
using testing::values;

/// A port that nothing listens on.
std::string free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(socket, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size), 0);
  ::close(socket);
  return std::to_string(ntohs(address.sin_port));
}

/// The environment that a launcher would set. There is no launcher, so the first process keeps the counters.
Program::Environment environment(std::size_t index, std::size_t count, const std::string& port) {
  return {{"RANK", std::to_string(index)},       {"WORLD_SIZE", std::to_string(count)},
          {"LOCAL_RANK", std::to_string(index)}, {"LOCAL_WORLD_SIZE", std::to_string(count)},
          {"MASTER_ADDR", "127.0.0.1"},          {"MASTER_PORT", port}};
}

class ProcessesTest : public ::testing::Test, protected testing::SmallWorld {
 protected:
  /// One image per batch, so that there are several blocks to draw.
  Arguments shared(const Arguments& more = {}) const {
    Arguments arguments = run({"--store", path("store"), "--batch-size", "1"});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  std::deque<Program> launch(std::size_t count, const Arguments& arguments) const {
    const std::string port = free_port();
    std::deque<Program> programs;
    for (std::size_t i = 0; i < count; ++i) programs.emplace_back(arguments, environment(i, count, port));
    return programs;
  }

  /// The outcome of the first process. The others must print nothing and succeed.
  Outcome first_of(std::size_t count, const Arguments& arguments) const {
    std::deque<Program> programs = launch(count, arguments);
    Outcome first;
    for (std::size_t i = 0; i < count; ++i) {
      const Outcome outcome = programs[i].wait();
      if (i == 0) {
        first = outcome;
        continue;
      }
      EXPECT_EQ(outcome.code, 0) << outcome.err;
      EXPECT_EQ(outcome.out + outcome.err, "");
    }
    return first;
  }
};

TEST_F(ProcessesTest, give_the_report_of_one_process) {
  const nlohmann::json single = report_of(tise_eval(run()));
  for (const std::size_t count : {2U, 5U}) {
    const nlohmann::json together = report_of(first_of(count, shared()));
    EXPECT_EQ(together["signature"], single["signature"]);
    EXPECT_EQ(values(single).size(), 12U);
    expect_same(values(single), values(together), 1e-5);
    fs::remove_all(path("store"));
  }
}

TEST_F(ProcessesTest, share_the_work) {
  const std::string port = free_port();
  Program first(shared({"--verbose"}), environment(0, 2, port));
  first.wait_until_it_says("loading");
  Program second(shared(), environment(1, 2, port));  // starts late
  EXPECT_EQ(first.wait().code + second.wait().code, 0);
  std::set<int> writers;
  for (const auto& entry : fs::directory_iterator(path("store"))) {
    const std::string name = entry.path().stem().string();
    if (name.starts_with("inception-")) writers.insert(std::stoi(name.substr(10)) % 2);
  }
  EXPECT_EQ(writers.size(), 2U);
}

TEST_F(ProcessesTest, leave_nothing_to_do_again_but_what_was_in_flight) {
  const nlohmann::json single = report_of(tise_eval(run()));
  {
    std::deque<Program> programs = launch(2, shared());
    // One dies, and the launcher ends the others.
    programs[1].wait(testing::Stop{SIGKILL, "", std::chrono::milliseconds(2500)});
    programs[0].wait(testing::Stop{SIGTERM});
  }
  expect_same(values(single), values(report_of(first_of(2, shared()))), 1e-5);
  // Nothing is left to be encoded, also for a larger number of processes.
  const Outcome again = first_of(3, shared());
  EXPECT_THAT(again.err, HasSubstr("32 of 32 images are in the store already"));
  expect_same(values(single), values(report_of(again)), 1e-5);
}

TEST_F(ProcessesTest, name_bad_images_once) {
  const std::string bad = read_json(path("captions.json"))[3]["image"];
  testing::write_file(folder_ / "images" / bad, "no picture");
  Outcome outcome = first_of(2, shared({"--metrics", "IS"}));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr(bad));
  outcome = first_of(2, shared({"--metrics", "IS", "--on-bad-image", "skip"}));
  EXPECT_EQ(report_of(outcome)["inputs"]["images"]["skipped"].size(), 1U);
}

TEST_F(ProcessesTest, find_and_name_a_truncated_image) {
  const std::string bad = read_json(path("captions.json"))[3]["image"];
  fs::resize_file(folder_ / "images" / bad, fs::file_size(folder_ / "images" / bad) / 2);
  const Outcome outcome = first_of(2, shared({"--metrics", "IS"}));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr(bad));
}

TEST_F(ProcessesTest, need_a_store) {
  const Outcome outcome = Program(run(), environment(0, 2, free_port())).wait();
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--store DIR, a folder that all of them see"));
}

TEST_F(ProcessesTest, with_an_invalid_environment_are_refused) {
  EXPECT_EQ(Program(shared(), environment(2, 2, free_port())).wait().code, 2);
  auto odd = environment(0, 2, free_port());
  odd.emplace_back("WORLD_SIZE", "two");
  const Outcome outcome = Program(shared(), odd).wait();
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("WORLD_SIZE=two: not a number"));
}

TEST_F(ProcessesTest, that_are_alone_are_an_ordinary_run) {
  const Outcome outcome = Program(run({"--metrics", "IS"}), environment(0, 1, free_port())).wait();
  EXPECT_EQ(values(report_of(outcome)).size(), 1U);
}

}  // namespace
}  // namespace tise::cli
