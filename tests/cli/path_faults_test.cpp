// Whatever is wrong with a path, the program names it and the reason, and never ends with an internal error.
// The commands and their paths come from the program's own definitions.

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <thread>

#include "apart.h"
#include "cli/small_run.h"
#include "command_line.h"
#include "support/archives.h"
#include "tise/base/utf8.h"

namespace tise::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kMainJob = "evaluate";

std::vector<std::string> all_commands() {
  const cli::CommandLine line;
  std::vector<std::string> names{kMainJob};
  for (const CLI::App* command : line.app.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

struct PathFault {
  std::string name;
  std::string path;
  std::string reason;        ///< expected on stderr; empty for any
  bool may_be_made = false;  ///< it can be written after all
};

/// A command with a faulty path for one of its options.
struct FaultyCall {
  std::string flag;
  PathFault fault;
  Arguments arguments;
};

class PathFaults : public ::testing::TestWithParam<std::string> {
 protected:
  static void SetUpTestSuite() {
    world_ = new SmallRun;
    make_finished_world();
    make_faults();
  }
  static void TearDownTestSuite() { delete std::exchange(world_, nullptr); }

  static std::string path(const std::string& name) { return world_->path(name); }

  /// Includes FID, whose statistics `merge` opens.
  static void make_finished_world() {
    const Outcome stats = tise_eval({"stats", "--models", "shapes", "--threads", "1", "--metrics", "FID",
                                     "--images", path("real"), "--output", path("real.npz")});
    EXPECT_EQ(stats.code, 0) << stats.err;
    const Outcome run =
        tise_eval({"--models", "shapes", "--threads", "1", "--metrics", "CLIP-S,FID", "--images",
                   path("images"), "--captions", path("captions.json"), "--real", path("real.npz"), "--store",
                   path("store"), "--samples", path("samples.jsonl"), "--output", path("report.json")});
    EXPECT_EQ(run.code, 0) << run.err;
    write_file(path("a.json"), R"({"RP": 0.5})");
    write_file(path("b.json"), R"({"RP": 0.6})");
  }

  static void make_faults() {
    write_file(path("unreadable"), "{}");
    fs::permissions(path("unreadable"), fs::perms::none);
    write_file(path("locked/inside"), "{}");
    fs::permissions(path("locked"), fs::perms::none);
    fs::create_directory(path("readonly"));
    fs::permissions(path("readonly"), fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_read |
                                          fs::perms::others_exec);
    fs::create_symlink("loop", path("loop"));
    for (const char* name : {"report.json", "samples.jsonl"}) fs::permissions(path(name), fs::perms::all);
    for (const auto& entry : fs::recursive_directory_iterator(path("store")))
      fs::permissions(entry.path(), fs::perms::all);
    fs::permissions(path("store"), fs::perms::all);
  }

  /// Faults of a path that is read.
  static std::vector<PathFault> read_faults(const std::string& flag, const std::string& type) {
    const bool is_folder = type.starts_with("DIR");
    const bool takes_captions = flag == "--captions";  // an empty folder has no captions
    return {{"missing", path("none/there"), ""},
            {"unreadable", path(is_folder ? "locked" : "unreadable"), "Permission denied"},
            {"in a locked folder", path("locked/inside"), "Permission denied"},
            {"too long", path(std::string(256, 'x')), "File name too long"},
            {"a loop", path("loop"), "Too many levels of symbolic links"},
            {"not UTF-8", path("caf\xE9"), ""},
            {"below a file", path("captions.json/below"), ""},
            {"of the wrong kind", path(type == "FILE" || takes_captions ? "readonly" : "captions.json"), ""}};
  }

  /// Faults of a path that is written. Those that can be made are in folders of their own.
  static std::vector<PathFault> written_faults(const std::string& flag, const std::string& type) {
    const bool is_file = type == "FILE";
    std::vector<PathFault> faults{
        {"in a locked folder", path("locked/inside"), "Permission denied"},
        {"too long", path(std::string(256, 'x')), "File name too long"},
        {"a loop", path("loop"), "Too many levels of symbolic links"},
        {"below a file", path("captions.json/below"), ""},
        {"of the wrong kind", path(is_file ? "readonly" : "captions.json"), ""},
        {"in a folder that can't be written to", path("readonly/new"), is_file ? "" : "Permission denied"}};
    const bool is_of_the_demo = !is_file && flag == "--output";  // the demo would run
    if (!is_of_the_demo) faults.push_back({"not UTF-8", path("written/" + flag + "/caf\xE9"), "", true});
    if (!is_file) return faults;
    faults.push_back({"in a missing folder", path("none/there"), ""});
    faults.push_back({"a full disk", "/dev/full", "No space left on device"});
    return faults;
  }

  /// The other arguments that a command needs, by flag.
  static std::vector<std::pair<std::string, Arguments>> needed(const std::string& command) {
    if (command == kMainJob) {
      return {{"--images", {path("images")}},
              {"--captions", {path("captions.json")}},
              {"--metrics", {"CLIP-S,RP"}},
              {"--fail-under", {"CLIP-S=0"}}};
    }
    if (command == "stats")
      return {{"--images", {path("real")}}, {"--output", {"/dev/null"}}, {"--metrics", {"FID"}}};
    if (command == "rank") return {{"reports", {path("a.json"), path("b.json")}}, {"--metrics", {"RP"}}};
    if (command == "compare") return {{"samples", {path("samples.jsonl"), path("store")}}};
    if (command == "merge") return {{"stores", {path("store")}}, {"--fail-under", {"CLIP-S=0"}}};
    if (command == "annotate") return {{"--captions", {path("captions.json")}}};
    if (command == "inputs") return {{"--images", {path("images")}}, {"--captions", {path("captions.json")}}};
    if (command == "calibrate") {
      return {{"--images", {path("images")}}, {"--labels", {path("labels.json")}}};
    }
    return {};
  }

  /// A command's arguments with the faulty path for the option.
  static Arguments with_fault(const CLI::App& command, const CLI::Option& option, const std::string& flag,
                              const std::string& fault) {
    const std::string name = command.get_parent() == nullptr ? kMainJob : command.get_name();
    Arguments arguments;
    if (name != kMainJob) arguments.push_back(name);
    const auto add = [&](const std::string& any, const Arguments& values) {
      if (any.starts_with("--")) arguments.push_back(any);
      arguments.insert(arguments.end(), values.begin(), values.end());
    };
    const auto takes = [&](const char* any) {
      return flag != any && command.get_option_no_throw(any) != nullptr;
    };
    if (takes("--threads")) add("--threads", {"1"});
    if (takes("--models")) add("--models", {"shapes"});
    if (option.get_positional()) arguments.push_back(fault);
    for (const auto& [any, values] : needed(name)) {
      const bool replaces = flag == "--over-time" && any == "reports";
      if (any != flag && !replaces && (any != "--metrics" || flag != "--over-time")) add(any, values);
    }
    if (flag == "samples") arguments.push_back(path("store"));  // compare takes two
    if (!option.get_positional()) add(flag, {fault});
    return arguments;
  }

  /// A command with each of its path options and each fault.
  static std::vector<FaultyCall> faulty_calls(const CLI::App& command) {
    const Arguments written{"--output", "--samples", "--html", "--junit", "--markdown", "--store"};
    std::vector<FaultyCall> calls;
    for (const CLI::Option* option : command.get_options()) {
      if (!cli::is_path(*option)) continue;
      const std::string flag = option->get_positional() ? option->get_name() : option->get_name(false, true);
      const bool is_statistics = command.get_name() == "merge" && flag == "--real";
      const std::string type = is_statistics ? "FILE" : option->get_type_name();
      const bool is_written = std::find(written.begin(), written.end(), flag) != written.end();
      for (const PathFault& fault : is_written ? written_faults(flag, type) : read_faults(flag, type)) {
        calls.push_back({flag, fault, with_fault(command, *option, flag, fault.path)});
      }
    }
    return calls;
  }

  static void expect_clear_error(const FaultyCall& call, const Outcome& outcome) {
    SCOPED_TRACE(call.flag + " " + call.fault.name + ": " + printable(outcome.err));
    EXPECT_THAT(outcome.err, Not(HasSubstr("internal error")));
    if (call.fault.may_be_made) {
      EXPECT_EQ(outcome.code, 0);
      EXPECT_TRUE(fs::exists(call.fault.path));
      return;
    }
    const bool is_model = call.flag == "--models" || call.flag == "--classifier";
    const bool may_be_a_signature =
        call.flag == "signature" && call.fault.reason.empty() && !fs::exists(call.fault.path);
    EXPECT_EQ(outcome.code, is_model ? 4 : may_be_a_signature ? 2 : 3);
    EXPECT_THAT(outcome.err, HasSubstr(printable(call.fault.path)));
    EXPECT_THAT(outcome.err, HasSubstr(call.fault.reason));
  }

  static SmallRun* world_;
};

SmallRun* PathFaults::world_ = nullptr;

TEST_P(PathFaults, are_named_and_never_internal_errors) {
  if (!runs_without_root()) GTEST_SKIP() << "only root can run " TISE_EVAL;
  cli::CommandLine line;
  const CLI::App* command = GetParam() == kMainJob ? &line.app : cli::find_command(line.app, GetParam());
  const auto calls = faulty_calls(*command);
  std::deque<std::pair<const FaultyCall*, std::unique_ptr<Program>>> running;
  const auto finish_one = [&] {
    expect_clear_error(*running.front().first, running.front().second->wait());
    running.pop_front();
  };
  for (const FaultyCall& call : calls) {
    fs::create_directories(path("written/" + call.flag));
    fs::permissions(path("written/" + call.flag), fs::perms::all);
    running.emplace_back(&call, std::make_unique<Program>(call.arguments, Program::Environment{},
                                                          give_up_root, Program::Start::kFork));
    if (running.size() > std::thread::hardware_concurrency()) finish_one();
  }
  while (!running.empty()) finish_one();
}

INSTANTIATE_TEST_SUITE_P(Of, PathFaults, ::testing::ValuesIn(all_commands()),
                         [](const auto& command) { return command.param; });

class PathsOfARun : public ::testing::Test {
 protected:
  SmallRun world_;
};

TEST_F(PathsOfARun, may_be_no_utf8) {
  const std::string images = world_.path("caf\xE9 images");
  const std::string captions = world_.path("caf\xE9.json");
  const std::string store = world_.path("caf\xE9 store");
  const std::string real = world_.path("caf\xE9.npz");
  fs::rename(world_.path("images"), images);
  fs::rename(world_.path("captions.json"), captions);
  const Arguments models{"--models", "shapes", "--threads", "1"};
  const auto with_models = [&](Arguments arguments) {
    arguments.insert(arguments.end(), models.begin(), models.end());
    return tise_eval(arguments);
  };
  ASSERT_EQ(
      with_models({"stats", "--images", world_.path("real"), "--metrics", "FID", "--output", real}).code, 0);
  const Arguments run{"--images", images, "--captions", captions, "--real", real, "--metrics", "CLIP-S,FID"};
  const auto with = [&](Arguments more) {
    more.insert(more.begin(), run.begin(), run.end());
    return with_models(more);
  };
  const nlohmann::json plain = report_of(with({}));
  EXPECT_EQ(plain["inputs"]["images"]["path"], as_utf8(images));
  EXPECT_EQ(plain["inputs"]["captions"]["path"], as_utf8(captions));
  const Outcome stored = with({"--store", store, "--log-json", "--fail-under", "CLIP-S=0", "--junit",
                               world_.path("junit.xml"), "--markdown", world_.path("summary.md"), "--html",
                               world_.path("page.html"), "--samples", world_.path("samples.jsonl")});
  EXPECT_EQ(values(report_of(stored)), values(plain));
  EXPECT_EQ(first_invalid_utf8(stored.err), std::nullopt);
  for (const char* name : {"junit.xml", "summary.md", "page.html", "samples.jsonl"}) {
    std::ifstream file(world_.path(name), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    EXPECT_FALSE(text.empty());
    EXPECT_EQ(first_invalid_utf8(text), std::nullopt) << name;
  }
  // The path of the statistics is in the store, and merge opens it again.
  const nlohmann::json merged =
      report_of(tise_eval({"merge", store, "--threads", "1", "--html", world_.path("page.html")}));
  EXPECT_EQ(values(merged), values(plain));
  EXPECT_EQ(merged["inputs"], plain["inputs"]);
}

TEST_F(PathsOfARun, that_are_not_utf8_cannot_be_in_a_config_file) {
  const Outcome outcome = tise_eval({"--images", "caf\xE9", "--print-config"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--images: not UTF-8"));
}

TEST_F(PathsOfARun, may_begin_at_home_in_a_config_file) {
  write_file(
      world_.path("run.toml"),
      "images = \"~/images\"\ncaptions = \"~/captions.json\"\nmetrics = \"CLIP-S\"\nprompt = \"~/\"\n");
  const Program::Environment home{{"HOME", world_.path("")}};
  const Outcome outcome =
      Program({"--config", world_.path("run.toml"), "--models", "shapes", "--threads", "1"}, home).wait();
  const nlohmann::json report = report_of(outcome);
  EXPECT_EQ(report["inputs"]["captions"]["path"], world_.path("") + "/captions.json");
  EXPECT_EQ(signature_field(report, "prompt"), "~/ ");  // not a path
}

TEST_F(PathsOfARun, with_faults_below_a_folder_are_not_skipped) {
  if (!runs_without_root()) GTEST_SKIP() << "only root can run " TISE_EVAL;
  const auto run = [&] { return Program(world_.run(), {}, give_up_root).wait(); };
  fs::create_symlink("loop.png", world_.path("images/loop.png"));
  const Outcome in_a_loop = run();
  EXPECT_EQ(in_a_loop.code, 0) << in_a_loop.err;  // an image without a caption
  write_file(world_.path("captions.json"), R"({"a": "a red circle", "loop": "a star"})");
  const Outcome named = run();
  EXPECT_EQ(named.code, 3);
  EXPECT_THAT(named.err, HasSubstr("image loop.png: "));
  fs::create_directory(world_.path("images/locked"));
  fs::permissions(world_.path("images/locked"), fs::perms::none);
  const Outcome locked = run();
  EXPECT_EQ(locked.code, 3);
  EXPECT_THAT(locked.err, HasSubstr("images " + world_.path("images/locked") + ": Permission denied"));
  const Outcome over_time = Program({"rank", "--over-time", world_.path("images")}, {}, give_up_root).wait();
  EXPECT_EQ(over_time.code, 3);
  EXPECT_THAT(over_time.err, HasSubstr(world_.path("images/locked") + ": Permission denied"));
}

TEST_F(PathsOfARun, of_unreadable_archives_are_errors) {
  if (!runs_without_root()) GTEST_SKIP() << "only root can run " TISE_EVAL;
  pack(world_.path("images"), world_.path("caf\xE9.tar"));
  const Arguments run{"--models", "shapes",   "--threads", "1",        "--metrics",
                      "IS",       "--splits", "1",         "--images", world_.path("caf\xE9.tar")};
  EXPECT_EQ(tise_eval(run).code, 0);
  fs::permissions(world_.path("caf\xE9.tar"), fs::perms::none);
  const Outcome outcome = Program(run, {}, give_up_root).wait();
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("caf\\xe9.tar: Permission denied"));
}

TEST_F(PathsOfARun, do_not_act_on_the_terminal) {
  write_file(world_.path("images/a\x1B[31m\xE2\x80\xAEred\nline.png"), "not an image");
  const Outcome outcome = tise_eval(
      {"--models", "shapes", "--threads", "1", "--metrics", "IS", "--images", world_.path("images")});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("image a\\x1b[31m\\u202ered\\nline.png: not an image"),
                                 Not(HasSubstr("\x1B"))));
}

TEST_F(PathsOfARun, do_not_act_on_the_terminal_in_a_table) {
  const std::string name = world_.path("evil\x1B]0;title\x07\nline.json");
  write_file(name, R"({"RP": 0.5})");
  write_file(world_.path("good.json"), R"({"RP": 0.6})");
  const Outcome outcome = tise_eval({"rank", name, world_.path("good.json"), "--metrics", "RP"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("evil\\x1b]0;title\\x07\\nline"), Not(HasSubstr("\x1B"))));
  EXPECT_EQ(nlohmann::json::parse(outcome.out)["entries"][1]["name"], "evil\x1B]0;title\x07\nline");
}

TEST_F(PathsOfARun, need_a_temporary_folder_that_is_there) {
  const auto run_in = [&](const char* folder) { return Program(world_.run(), {{"TMPDIR", folder}}).wait(); };
  const Outcome outcome = run_in("/nowhere");
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("/nowhere (TMPDIR): no such folder"), HasSubstr("--store DIR")));
  EXPECT_EQ(run_in("").code, 0);
}

}  // namespace
}  // namespace tise::testing
