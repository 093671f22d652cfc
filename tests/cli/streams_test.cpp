// Standard input and output as files, also if they are closed or full.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "cli/small_run.h"

namespace tise::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Streams : public ::testing::Test {
 protected:
  static Outcome run(const Arguments& arguments, const std::function<void()>& prepare) {
    return Program(arguments, {}, prepare).wait();
  }
  static Outcome run_reading(const std::string& file, const Arguments& arguments) {
    return run(arguments, [file] { ::dup2(::open(file.c_str(), O_RDONLY), STDIN_FILENO); });
  }
  static void fill_output() { ::dup2(::open("/dev/full", O_WRONLY), STDOUT_FILENO); }
  static void close_output() { ::close(STDOUT_FILENO); }

  SmallRun world_;
};

TEST_F(Streams, that_are_closed_are_not_reused_for_files_of_the_program) {
  const auto close_all = [] {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::close(fd);
  };
  const Outcome outcome =
      run(world_.run({"--store", world_.path("store"), "--output", world_.path("report.json")}), close_all);
  EXPECT_EQ(outcome.code, 0);
  EXPECT_TRUE(read_json(world_.path("report.json")).contains("metrics"));
  std::ifstream lock(world_.path("store/lock"));
  const std::string text{std::istreambuf_iterator<char>(lock), {}};
  EXPECT_THAT(text, AllOf(HasSubstr("process "), Not(HasSubstr("metrics")), Not(HasSubstr("warning"))));
}

TEST_F(Streams, that_are_closed_cannot_take_a_report) {
  const Outcome outcome = run(world_.run({"--store", world_.path("store")}), close_output);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("report (standard output): is closed"));
  EXPECT_FALSE(std::filesystem::exists(world_.path("store")));  // reported before the work
}

TEST_F(Streams, that_cannot_be_written_to_are_errors_of_every_command) {
  world_.finish();
  for (const Arguments& arguments :
       std::vector<Arguments>{world_.run(),
                              {"annotate", "--captions", world_.path("captions.json"), "--models", "shapes"},
                              {"merge", world_.path("store")},
                              {"compare", world_.path("store"), world_.path("samples.jsonl")},
                              {"explain", world_.path("report.json")},
                              {"models", "--models", "shapes"},
                              {"doctor", "--models", "shapes"},
                              {"completion", "bash"},
                              {"man"},
                              {"--help"},
                              {"--version"},
                              {"--images", "x", "--print-config"}}) {
    for (const auto& broken : {&Streams::fill_output, &Streams::close_output}) {
      const Outcome outcome = run(arguments, broken);
      EXPECT_EQ(outcome.code, 3) << arguments.front() << ": " << outcome.err;
      EXPECT_THAT(outcome.err, HasSubstr("(standard output): "));
    }
  }
  EXPECT_THAT(run(world_.run(), fill_output).err,
              HasSubstr("report (standard output): No space left on device"));
}

TEST_F(Streams, are_named_by_a_minus) {
  const Outcome by_name = run_reading(world_.path("captions.json"), world_.run({"--output", "-"}));
  const nlohmann::json expected = report_of(by_name);
  EXPECT_EQ(values(report_of(run_reading(world_.path("captions.json"),
                                         {"--models", "shapes", "--threads", "1", "--metrics", "CLIP-S",
                                          "--images", world_.path("images"), "--captions", "-"}))),
            values(expected));
  EXPECT_FALSE(std::filesystem::exists("-"));
}

TEST_F(Streams, are_read_as_references_and_labels_too) {
  EXPECT_EQ(
      run_reading(world_.path("references.json"),
                  {"--models", "shapes", "--threads", "1", "--metrics", "RefCLIP-S", "--images",
                   world_.path("images"), "--captions", world_.path("captions.json"), "--references", "-"})
          .code,
      0);
  EXPECT_EQ(
      run_reading(world_.path("captions.json"), {"annotate", "--models", "shapes", "--captions", "-"}).code,
      0);
}

TEST_F(Streams, cannot_be_read_twice) {
  const Outcome outcome =
      tise_eval({"--images", world_.path("images"), "--captions", "-", "--references", "-"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--captions and --references both read standard input (-)"));
}

TEST_F(Streams, that_are_closed_have_no_captions) {
  const Outcome outcome =
      run({"annotate", "--models", "shapes", "--captions", "-"}, [] { ::close(STDIN_FILENO); });
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("captions (standard input): is closed"));
}

TEST_F(Streams, that_are_files_are_appended_to) {
  const std::string log = world_.path("log");
  for (const char* name : {"-", "/dev/stdout", "/dev/fd/1"}) {
    write_file(log, "before\n");
    const Outcome outcome = run(world_.run({"--output", name}),
                                [&] { ::dup2(::open(log.c_str(), O_WRONLY | O_APPEND), STDOUT_FILENO); });
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    std::ifstream file(log);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    EXPECT_THAT(text, AllOf(::testing::StartsWith("before\n{"), ::testing::EndsWith("}\n")));
  }
}

}  // namespace
}  // namespace tise::testing
