// Help, error messages and the parsing of the command line.

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "cli/demo.h"
#include "tise/base/utf8.h"
#include "tise/metrics/registry.h"

namespace tise::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string good_output(const Arguments& arguments, const Program::Environment& environment = {}) {
  const Outcome outcome = Program(arguments, environment).wait();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return outcome.out;
}

void expect_wrong_usage(const Arguments& arguments, const std::string& said) {
  const Outcome outcome = tise_eval(arguments);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, AllOf(StartsWith("tise-eval: "), HasSubstr(said)));
  EXPECT_EQ(lines_of(outcome.err).size(), 1U) << outcome.err;
}

TEST(Help, of_the_main_job_fits_on_a_screen) {
  const auto lines = lines_of(good_output({"--help"}));
  EXPECT_LE(lines.size(), 50U);
  for (const std::string& line : lines) EXPECT_LE(character_count(line), 100U) << line;
}

TEST(Help, all_has_every_flag) {
  const std::string help = good_output({"--help-all"});
  for (const std::string& line : lines_of(good_output({"--print-config"}))) {
    const std::size_t begin = line.find_first_not_of("# ");
    const std::size_t end = line.find(" =");
    if (end == std::string::npos) continue;
    EXPECT_THAT(help, HasSubstr("--" + line.substr(begin, end - begin)));
  }
}

TEST(Help, names_defaults_and_variables) {
  const std::string help = good_output({"--help-all"});
  EXPECT_THAT(help, HasSubstr("of IS, IS* and O-IS [10]"));
  EXPECT_THAT(help, HasSubstr("[auto] ($TISE_THREADS)"));
}

TEST(Help, of_a_command_is_about_that_command) {
  const std::string help = good_output({"stats", "--help"});
  EXPECT_THAT(help, HasSubstr("Usage: tise-eval stats --images DIR|FILE --output FILE"));
  EXPECT_THAT(help, Not(HasSubstr("--captions")));
}

TEST(Flags, of_encoding_are_not_taken_by_commands_that_encode_nothing) {
  for (const char* flag : {"--precision", "--batch-size", "--on-bad-image", "--transform", "--threads"}) {
    expect_wrong_usage({"models", flag, "4"}, std::string(flag) + ": models has no such flag");
  }
  expect_wrong_usage({"doctor", "--threads", "4"}, "--threads: doctor has no such flag");
}

TEST(Flags, that_take_one_value_name_those_given) {
  expect_wrong_usage(
      {"--images", "a", "--images", "b"},
      "--images: takes one DIR|FILE, but was given 2 (a, b); pass one of them, or run tise-eval");
  expect_wrong_usage({"stats", "--images", "a", "--output", "b", "--output", "c"},
                     "--output: takes one FILE");
}

TEST(DidYouMean, flags) {
  expect_wrong_usage({"--imgaes", "x"}, "--imgaes: no such flag (did you mean --images?)");
  expect_wrong_usage({"stats", "--images", "x", "--outptu=y"},
                     "--outptu: stats has no such flag (did you mean --output?)");
}

TEST(DidYouMean, commands) { expect_wrong_usage({"rnak", "a.json"}, "(did you mean rank?)"); }

TEST(DidYouMean, metrics) {
  expect_wrong_usage({"--images", "x", "--metrics", "IS,clips"}, "(did you mean CLIP-S?)");
  expect_wrong_usage({"rank", "a.json", "--metrics", "OFID"}, "(did you mean O-FID?)");
  expect_wrong_usage({"--images", "x", "--metrics", "FDX"}, "(did you mean FD?)");
  expect_wrong_usage({"--images", "x", "--metrics", "fidelty@views"}, "(did you mean fidelity?)");
  const Outcome gate = tise_eval({"--images", "x", "--fail-under", "fidelty=1"});
  EXPECT_THAT(gate.err, Not(HasSubstr("did you mean fidelity")));  // a gate takes no group
}

TEST(DidYouMean, protocols_and_other_choices) {
  expect_wrong_usage({"--images", "x", "--protocol", "papr"}, "(did you mean paper?)");
  expect_wrong_usage({"--images", "x", "--rp", "exakt"}, "(did you mean exact?)");
}

TEST(DidYouMean, suggests_nothing_if_nothing_is_close) {
  const Outcome outcome = tise_eval({"--images", "x", "--frobnicate"});
  EXPECT_THAT(outcome.err, Not(HasSubstr("did you mean")));
}

TEST(Flags, before_a_command_are_not_lost_silently) {
  const auto expect_after = [](const Arguments& typed, const std::string& right) {
    expect_wrong_usage(typed, typed.front() + ": goes after the command: tise-eval " + right + "\n");
  };
  expect_after({"--models", "shapes", "models"}, "models --models shapes");
  expect_after({"--images", "d", "stats"}, "stats --images d");
  expect_after({"--images", "d", "calibrate"}, "calibrate --images d");
  expect_after({"--metrics", "FID,IS", "compare", "a", "b"}, "compare --metrics FID,IS");
  expect_after({"--config", "a.toml", "rank", "b.json"}, "rank --config a.toml");
  expect_after({"--captions", "c.json", "annotate"}, "annotate --captions c.json");
  expect_after({"--fail-if-worse", "merge", "store"}, "merge --fail-if-worse");
  expect_after({"--device", "cpu", "doctor"}, "doctor --device cpu");
  expect_after({"--output", "x", "demo"}, "demo --output x");
  for (const std::string command : {"explain", "completion", "man"}) {
    expect_wrong_usage({"--images", "d", command},
                       "--images: " + command + " has no such flag; see tise-eval " + command + " --help");
  }
}

TEST(Flags, for_help_or_the_version_may_come_anywhere) {
  EXPECT_EQ(good_output({"--help", "stats"}), good_output({"stats", "--help"}));
  EXPECT_EQ(good_output({"--version", "stats"}), good_output({"--version"}));
}

TEST(Flags, that_take_numbers_state_their_range) {
  const std::vector<std::array<std::string, 3>> wrong{
      {"--seed", "-1", "a whole number from 0 to 4294967295"},
      {"--seed", "4294967296", "a whole number from 0 to 4294967295"},
      {"--seed", "1.5", "a whole number from 0 to 4294967295"},
      {"--seed", "99999999999999999999999", "a whole number from 0 to 4294967295"},
      {"--splits", "0", "a whole number from 1 to 1000000"},
      {"--max-pixels", "0", "a whole number from 1 to 1073741824"},
      {"--temperature", "0", "a number above 0"},
      {"--object-temperature", "nan", "a number above 0"},
      {"--detector-threshold", "2", "a score from 0.05"},
      {"--alpha", "0.9", "a level above 0 and up to 0.5"},
  };
  for (const auto& [flag, value, range] : wrong)
    expect_wrong_usage({flag, value}, flag + ": \"" + value + "\" is not " + range);
  for (const std::string flag : {"--threads", "--batch-size"})
    expect_wrong_usage({flag, "0"}, flag + ": \"0\" is neither auto nor a number from 1 to 65536");
  EXPECT_THAT(good_output({"--seed", "4294967295", "--print-config"}), HasSubstr("seed = 4294967295\n"));
}

TEST(Commands, come_one_at_a_time) {
  expect_wrong_usage({"stats", "--images", "x", "--output", "y", "rank"},
                     "unexpected argument \"rank\" for stats");
  EXPECT_EQ(tise_eval({"rank", "a.json", "stats"}).code, 3);  // read as a file name
}

TEST(Variables, stand_for_flags_and_yield_to_them) {
  EXPECT_THAT(good_output({"--print-config"}, {{"TISE_THREADS", "3"}, {"TISE_MODELS", "my models"}}),
              AllOf(HasSubstr("threads = 3\n"), HasSubstr("models = \"my models\"\n")));
  EXPECT_THAT(good_output({"--print-config", "--threads", "2"}, {{"TISE_THREADS", "3"}}),
              HasSubstr("threads = 2\n"));
}

class Config : public ::testing::Test {
 protected:
  /// The file's path.
  std::string written(const std::string& text) {
    write_file(folder_ / "run.toml", text);
    return (folder_ / "run.toml").string();
  }
  TempFolder folder_;
};

TEST_F(Config, sets_flags) {
  const SmallWorld world;
  const std::string config =
      written("models = \"shapes\"\nimages = \"" + world.path("images") +
              "\"  # of step 1000\ncaptions = \"" + world.path("captions.json") +
              "\"\nmetrics = [\"CLIP-S\", \"IS\"]\nsplits = 2\nprompt = \"\"\nquiet = true\n");
  const Arguments typed{"--metrics", "CLIP-S,IS", "--splits", "2", "--prompt", ""};
  EXPECT_EQ(values(report_of(tise_eval({"--config", config}))),
            values(report_of(tise_eval(world.run_without_real(typed)))));
}

TEST_F(Config, yields_to_variables_and_these_to_typed_flags) {
  const std::string config = written("threads = 1\nsplits = 5\n");
  EXPECT_THAT(good_output({"--config", config, "--print-config"}),
              AllOf(HasSubstr("threads = 1\n"), HasSubstr("splits = 5\n")));
  EXPECT_THAT(good_output({"--config=" + config, "--print-config", "--splits=7"}, {{"TISE_THREADS", "2"}}),
              AllOf(HasSubstr("threads = 2\n"), HasSubstr("splits = 7\n")));
}

TEST_F(Config, has_a_table_for_each_command) {
  const std::string config = written("splits = 5\n[stats]\noutput = \"real.npz\"\nmetrics = \"FID\"\n");
  EXPECT_THAT(
      good_output({"stats", "--images", "x", "--config", config, "--print-config"}),
      AllOf(StartsWith("[stats]\n"), HasSubstr("output = \"real.npz\"\n"), HasSubstr("metrics = \"FID\"\n")));
}

TEST_F(Config, of_the_main_job_is_shown_by_inputs_which_leaves_its_outputs_alone) {
  const std::string config = written(
      "images = \"x\"\nsubset = true\noutput = \"report.json\"\nfail-under = {RP = 0.5}\n"
      "first-frame = true\n[inputs]\nimages = \"y\"\nfirst-frame = false\n[stats]\noutput = \"real.npz\"\n");
  EXPECT_THAT(good_output({"inputs", "--config", config, "--print-config"}),
              AllOf(StartsWith("[inputs]\n"), HasSubstr("images = \"y\"\n"), HasSubstr("subset = true\n"),
                    HasSubstr("first-frame = false\n"), HasSubstr("# output =\n")));
  EXPECT_THAT(good_output({"doctor", "--config", written("models = \"shapes\"\nsplits = 5\n")}),
              HasSubstr("shapes-clip"));
  expect_wrong_usage({"inputs", "--config", written("imags = \"x\"\n")},
                     "run.toml, line 1: imags: no such flag (did you mean images?)");
  expect_wrong_usage({"inputs", "--config", written("[inptus]\nimages = \"x\"\n")},
                     "run.toml, line 1: inptus: no such command");
}

TEST_F(Config, names_metrics_with_blanks_or_without) {
  const std::string config = written("metrics = [\" CA\", \"PA \"]\n");
  EXPECT_THAT(good_output({"--config", config, "--print-config"}), HasSubstr("metrics = [\"CA\", \"PA\"]\n"));
  EXPECT_THAT(good_output({"--metrics", "CA, PA", "--print-config"}),
              HasSubstr("metrics = [\"CA\", \"PA\"]\n"));
}

TEST_F(Config, is_for_the_command_whatever_comes_before_it) {
  const std::string config = written("splits = 5\n[stats]\nimages = \"x\"\noutput = \"real.npz\"\n");
  for (const Arguments& typed :
       {Arguments{"stats", "--config", config}, Arguments{"--quiet", "stats", "--config=" + config}}) {
    Arguments printed = typed;
    printed.push_back("--print-config");
    EXPECT_THAT(good_output(printed),
                AllOf(HasSubstr("images = \"x\"\n"), HasSubstr("output = \"real.npz\"\n")));
  }
  // A value spelled like a flag or a command is still a value.
  EXPECT_THAT(good_output({"--output", "stats", "--prompt=--config", "--config", config, "--print-config"}),
              AllOf(HasSubstr("splits = 5\n"), HasSubstr("prompt = \"--config\"\n")));
}

TEST_F(Config, does_not_make_required_flags_optional) {
  expect_wrong_usage({"stats", "--config", written("[stats]\nimages = \"x\"\n")},
                     "--output is required; see tise-eval stats --help");
}

TEST_F(Config, printed_flags_can_be_read_again) {
  const std::string first =
      good_output({"--images", "a \"b\"", "--metrics", "IS,FID", "--fail-over", "FID=20", "--subset",
                   "--prompt", "", "--temperature", "0.5", "--print-config"});
  EXPECT_THAT(first,
              AllOf(HasSubstr("images = \"a \\\"b\\\"\"\n"), HasSubstr("metrics = [\"IS\", \"FID\"]\n"),
                    HasSubstr("subset = true\n"), HasSubstr("prompt = \"\"\n"),
                    HasSubstr("temperature = 0.5\n"), HasSubstr("# captions =\n")));
  EXPECT_EQ(good_output({"--config", written(first), "--print-config"}), first);
  const std::string gates = good_output({"--fail-if-worse", "CA,FID", "--print-config"});
  EXPECT_THAT(gates, HasSubstr("fail-if-worse = [\"CA\", \"FID\"]\n"));
  EXPECT_EQ(good_output({"--config", written(gates), "--print-config"}), gates);
  const std::string stats = good_output({"stats", "--images", "x", "--output", "y", "--print-config"});
  EXPECT_EQ(good_output({"stats", "--config", written(stats), "--print-config"}), stats);
}

TEST_F(Config, a_flag_without_a_value_is_true_or_false) {
  const std::string config = written("fail-if-worse = true\nsubset = false\nbaseline = \"a.jsonl\"\n");
  EXPECT_THAT(good_output({"merge", "--help"}), HasSubstr("--fail-if-worse"));
  EXPECT_THAT(good_output({"--config", config, "--print-config"}), HasSubstr("subset = false\n"));
  expect_wrong_usage({"--config", written("subset = \"yes\"\n")}, "line 1: subset: expected true or false");
}

TEST_F(Config, limits_may_be_a_table) {
  const std::string limits = "fail-under = [\"CLIP-S=0.7\", \"IS*=3\"]\n";
  for (const std::string table :
       {"[fail-under]\nCLIP-S = 0.7\n\"IS*\" = 3\n", "fail-under = {CLIP-S = 0.7, \"IS*\" = 3}\n",
        "fail-under.CLIP-S = 0.7\nfail-under.\"IS*\" = 3\n"}) {
    EXPECT_THAT(good_output({"--config", written(table), "--print-config"}), HasSubstr(limits)) << table;
  }
  EXPECT_THAT(
      good_output({"merge", "s", "--config", written("[merge.fail-over]\nFID = 20\n"), "--print-config"}),
      HasSubstr("fail-over = \"FID=20\"\n"));
  expect_wrong_usage({"--config", written("[fail-under]\nRP = 70\n")},
                     "run.toml, line 1: --fail-under: \"RP=70\"");
  expect_wrong_usage({"--config", written("[fail-under]\nRP = true\n")},
                     "expected a string, a number or a list");
  expect_wrong_usage({"--config", written("[splits]\na = 1\n")},
                     "splits: expected a string, a number or a list");
}

TEST_F(Config, errors_name_the_line) {
  expect_wrong_usage({"--config", written("splits = 2\nimags = \"x\"\n")},
                     "run.toml, line 2: imags: no such flag (did you mean images?)");
  expect_wrong_usage({"--config", written("[staats]\n")}, "staats: no such command");
  expect_wrong_usage({"--config", written("images = \"x\"\nsplits = 0\n")}, "run.toml, line 2: --splits: ");
  expect_wrong_usage({"--config", written("\nfail-under = \"CLIP-S\"\n")},
                     "run.toml, line 2: --fail-under: ");
  const Outcome broken = tise_eval({"--config", written("images = \n")});
  EXPECT_EQ(broken.code, 3);
  EXPECT_THAT(broken.err, HasSubstr("run.toml, line 1: "));
  const Outcome missing = tise_eval({"--config", "nowhere.toml"});
  EXPECT_EQ(missing.code, 3);
  EXPECT_THAT(missing.err, HasSubstr("config nowhere.toml: no such file"));
}

TEST(LogJson, every_line_is_an_object) {
  const SmallWorld world;
  const Outcome run = tise_eval(world.run_without_real({"--metrics", "CLIP-S", "--log-json", "--verbose"}));
  EXPECT_EQ(run.code, 0);
  ASSERT_THAT(lines_of(run.err), Not(IsEmpty()));
  std::vector<std::string> levels;
  for (const std::string& line : lines_of(run.err)) {
    const auto object = nlohmann::json::parse(line);
    EXPECT_TRUE(object.at("time").get<std::string>().ends_with("Z"));
    EXPECT_TRUE(object.at("message").is_string());
    levels.push_back(object.at("level"));
  }
  EXPECT_THAT(levels, AllOf(Contains("info"), Contains("debug"), Contains("warning")));
}

TEST(LogJson, includes_errors_of_every_kind) {
  for (const Arguments& wrong :
       {Arguments{"--log-json", "--imgaes", "x"}, Arguments{"--images", "nowhere", "--log-json"}}) {
    const auto lines = lines_of(tise_eval(wrong).err);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(nlohmann::json::parse(lines[0]).at("level"), "error");
  }
}

TEST(Doctor, shows_what_is_installed_and_what_each_metric_is_missing) {
  TempFolder models;
  std::filesystem::copy(TISE_SOURCE_DIR "/models/shapes/clip.pt", models.path());
  const std::string said = good_output({"doctor", "--models", models.path().string()});
  EXPECT_THAT(said, AllOf(HasSubstr("LibTorch"), HasSubstr("cpu"), HasSubstr("shapes-clip"),
                          HasSubstr("maskrcnn.pt             missing"), HasSubstr("no inception.pt in"),
                          HasSubstr("ready, given --images, --captions\n")));
  EXPECT_THAT(good_output({"doctor", "--models", "shapes"}), Not(HasSubstr(".pt in ")));
}

TEST(Doctor, exits_with_4_if_nothing_works) {
  const Outcome without = tise_eval({"doctor"});
  EXPECT_EQ(without.code, 4);
  EXPECT_THAT(without.out, HasSubstr("clip.pt                 missing, needed for CLIP-S, "));
  EXPECT_THAT(without.err, HasSubstr("no models folder"));
  TempFolder models;
  write_file(models / "clip.pt", "not an archive");
  const Outcome broken = tise_eval({"doctor", "--models", models.path().string()});
  EXPECT_EQ(broken.code, 4);
  EXPECT_THAT(broken.out, HasSubstr("BROKEN"));
}

TEST(DemoCommand, overwrites_nothing) {
  TempFolder folder;
  const Outcome outcome = tise_eval({"demo", "--output", folder.path().string()});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("already exists"));
}

/// The first line that begins with `start`; empty if there is none.
std::string line_with(const std::vector<std::string>& lines, const std::string& start) {
  for (const std::string& line : lines) {
    if (line.starts_with(start)) return line;
  }
  return "";
}

TEST(DemoCommand, ends_with_findings_and_with_commands_from_the_readme) {
  TempFolder folder;
  const Outcome outcome = tise_eval({"demo", "--output", (folder / "demo").string()});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::vector<std::string> lines = lines_of(outcome.err);
  const std::string end = "; not on IS, IS*, FID, O-IS, O-FID";
  EXPECT_THAT(line_with(lines, "miscounting draws "),
              HasSubstr("worse on CLIP-S, RefCLIP-S, RP, CA" + end + ", SOA-C, SOA-I, PA"));
  EXPECT_THAT(
      line_with(lines, "misplacing puts "),
      HasSubstr("worse on CLIP-S, RefCLIP-S, RP, PA, FD@words, KID@words" + end + ", SOA-C, SOA-I, CA"));
  EXPECT_THAT(line_with(lines, "mismatched draws "), HasSubstr(end));
  EXPECT_THAT(line_with(lines, "collapsed repeats "), HasSubstr("worse on all 18 metrics"));
  const std::string readme = "\n" + read_file(TISE_SOURCE_DIR "/README.md");
  for (std::size_t i = lines.size() - 3; i < lines.size(); ++i) {
    EXPECT_THAT(lines[i], StartsWith("tise-eval "));
    EXPECT_THAT(readme, HasSubstr("\n" + lines[i] + "\n"));
  }
}

TEST(Reference, is_what_the_program_prints) {
  EXPECT_EQ(read_file(TISE_SOURCE_DIR "/docs/reference.md"), good_output({"man", "--markdown"}))
      << "tise-eval man --markdown > docs/reference.md";
}

TEST(Reference, has_every_metric) {
  const std::string page = good_output({"man"});
  for (const metrics::Metric* metric : metrics::registry()) {
    std::string key(metric->key);
    for (std::size_t at = 0; (at = key.find('-', at)) != std::string::npos; at += 2) key.insert(at, 1, '\\');
    EXPECT_THAT(page, HasSubstr("\\fB" + key + "\\fR"));
  }
}

/// The output of a script in a shell; nullopt if that shell isn't installed.
std::optional<std::string> in_shell(const std::string& shell, const std::string& script) {
  if (std::system(("command -v " + shell + " > /dev/null").c_str()) != 0) return std::nullopt;
  TempFolder folder;
  write_file(folder / "script", script);
  const std::string command =
      shell + " " + (folder / "script").string() + " > " + (folder / "out").string() + " 2>&1";
  EXPECT_EQ(std::system(command.c_str()), 0) << read_file(folder / "out");
  return read_file(folder / "out");
}

/// What bash offers for the last word of a line.
std::string bash_offers(const std::string& line) {
  std::string words;
  std::istringstream stream(line);
  for (std::string word; stream >> word;) words += " '" + word + "'";
  if (line.ends_with(' ')) words += " ''";
  const auto said =
      in_shell("bash", good_output({"completion", "bash"}) + "\ncompopt() { :; }\nCOMP_WORDS=(" + words +
                           ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_tise_eval tise-eval "
                           "\"${COMP_WORDS[-1]}\" \"${COMP_WORDS[-2]}\"\necho ${COMPREPLY[*]}\n");
  return said.value_or("no bash");
}

TEST(CompletionScript, in_bash) {
  EXPECT_EQ(bash_offers("tise-eval ra"), "rank\n");
  EXPECT_EQ(bash_offers("tise-eval --refe"), "--references\n");
  EXPECT_EQ(bash_offers("tise-eval --protocol "), "paper tise\n");
  EXPECT_EQ(bash_offers("tise-eval --metrics IS,FI"), "IS,FID\n");
  EXPECT_EQ(bash_offers("tise-eval --metrics IS,f"), "IS,fidelity\n");
  EXPECT_EQ(bash_offers("tise-eval --fail-over FI"), "FID=\n");
  EXPECT_EQ(bash_offers("tise-eval stats --cap"), "\n");
  EXPECT_EQ(bash_offers("tise-eval compare --fail"), "--fail-if-worse\n");
  EXPECT_EQ(bash_offers("tise-eval completion z"), "zsh\n");
}

TEST(CompletionScript, in_zsh) {
  const auto said =
      in_shell("zsh", "autoload -U compinit && compinit -D -u\n" + good_output({"completion", "zsh"}));
  if (!said) GTEST_SKIP() << "needs zsh";
  EXPECT_THAT(*said, IsEmpty());
}

TEST(CompletionScript, in_fish) {
  const auto said =
      in_shell("fish", good_output({"completion", "fish"}) +
                           "complete -C 'tise-eval ra'\ncomplete -C 'tise-eval --proto'\n"
                           "complete -C 'tise-eval --protocol '\ncomplete -C 'tise-eval stats --cap'\n");
  if (!said) GTEST_SKIP() << "needs fish";
  EXPECT_THAT(*said, AllOf(StartsWith("rank\t"), HasSubstr("--protocol\t"), HasSubstr("\npaper"),
                           Not(HasSubstr("--captions"))));
}

}  // namespace
}  // namespace tise::testing
