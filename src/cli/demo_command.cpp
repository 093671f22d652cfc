// `tise-eval demo`: evaluates the demo world's six checkpoints as a user would. It computes features of the
// real images once and a report of each checkpoint, ranks the checkpoints and compares two of them. At the
// end it prints what the metrics found, and how to continue with your own images.

#include <array>
#include <memory>

#include "commands.h"
#include "flags.h"
#include "outputs.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"
#include "tise/base/paths.h"
#include "tise/base/shared_folder.h"
#include "tise/report/compare.h"

namespace tise::cli {
namespace {

namespace fs = std::filesystem;

struct DemoOptions {
  run::Encoding encoding;
  fs::path output = "tise-eval-demo";
};

struct Checkpoint {
  const char* name;
  const char* fault;
};

/// The first is what the others are compared with.
constexpr std::array<Checkpoint, 6> kCheckpoints{{{"faithful", "draws what the captions say"},
                                                  {"blurred", "blurs every image"},
                                                  {"miscounting", "draws the wrong number of objects"},
                                                  {"misplacing", "puts objects in the wrong place"},
                                                  {"mismatched", "draws images of other captions"},
                                                  {"collapsed", "repeats six images"}}};
/// The default metrics, and FD, KID and MMD by the demo's two encoders.
constexpr std::array<const char*, 3> kShownMetrics{"all", "fidelity@views", "fidelity@words"};
/// The checkpoint whose run is shown in full.
constexpr const char* kShown = "miscounting";
/// The store with the features of the real images.
constexpr const char* kRealRows = "real";

/// Also in README under "Evaluate your images", in this order; a test runs them there.
constexpr std::array kNextCommands{
    "tise-eval doctor",
    "tise-eval --images samples/ --captions captions.json --real coco-val/ --output report.json --samples "
    "main.jsonl",
    "tise-eval compare main.jsonl other.jsonl"};

fs::path find_examples() {
  fs::path folder = shared_folder("examples/shapes");
  if (folder.empty()) throw InputError("demo world: " + shared_places("examples/shapes"));
  return folder;
}

run::Asked shown_metrics() { return run::asked({kShownMetrics.begin(), kShownMetrics.end()}); }

EvaluateOptions run_of(const std::string& checkpoint, const fs::path& examples, const DemoOptions& options) {
  EvaluateOptions run;
  run.spec.encoding = options.encoding;
  run.spec.images = examples / checkpoint;
  run.spec.captions = examples / "captions.json";
  run.spec.real = {{options.output / kRealRows}};
  run.spec.metrics = shown_metrics();
  run.report.output = options.output / (checkpoint + ".json");
  run.report.samples = options.output / (checkpoint + ".jsonl");
  run.report.html = options.output / (checkpoint + ".html");
  return run;
}

/// The command line for the same run.
std::string spelled(const EvaluateOptions& run) {
  return concat("tise-eval --models shapes --images ", run.spec.images.string(), " --captions ",
                run.spec.captions->string(), " --real ", run.spec.real.front().path.string(), " --metrics ",
                joined(kShownMetrics, ","), " --output ", run.report.output->string(), " --html ",
                run.report.html->string());
}

/// `miscounting draws …: significantly worse on CLIP-S, CA; not on IS, FID`
std::string seen(const Checkpoint& checkpoint, const report::Comparison& comparison) {
  std::vector<std::string> worse;
  std::vector<std::string> others;
  for (const report::Difference& difference : comparison.differences)
    (difference.verdict == report::Verdict::kWorse ? worse : others).push_back(difference.metric);
  const std::string line = concat(checkpoint.name, " ", checkpoint.fault, ": ");
  if (others.empty()) return concat(line, "significantly worse on all ", worse.size(), " metrics");
  if (worse.empty()) return line + "significantly worse on no metric";
  return concat(line, "significantly worse on ", joined(worse), "; not on ", joined(others));
}

void say_what_was_seen(const fs::path& folder, Console& say) {
  std::vector<fs::path> samples;
  for (const Checkpoint& checkpoint : kCheckpoints)
    samples.push_back(folder / concat(checkpoint.name, ".jsonl"));
  const auto sets = report::read_sample_sets(samples);
  say.info("== what the metrics found, compared with \"faithful\":");
  for (std::size_t i = 1; i < sets.size(); ++i)
    say.info(seen(kCheckpoints[i], report::compare(sets[0], sets[i], {})));
}

void make_folder(const fs::path& path) {
  if (exists(path, "output"))
    throw InputError(concat("output ", path.string(), ": already exists; name another folder with --output"));
  make_folders(path, "output");
}

ExitCode demo(const DemoOptions& asked, World world) {
  DemoOptions options = asked;
  options.encoding.models = "shapes";
  const fs::path examples = find_examples();
  make_folder(options.output);
  Console& say = world.console;
  LogStyle brief = say.style();
  if (brief.verbosity != Verbosity::kVerbose) brief.verbosity = Verbosity::kSilent;
  Console quiet(brief);

  say.info("== computing the features of the real images, once");
  StatsOptions statistics;
  statistics.spec.encoding = options.encoding;
  statistics.spec.images = examples / "real";
  statistics.spec.metrics = shown_metrics();
  statistics.spec.store = options.output / kRealRows;
  statistics.output = options.output / "real.npz";
  stats(statistics, world);

  RankOptions ranking;
  for (const Checkpoint& checkpoint : kCheckpoints) {
    const std::string name = checkpoint.name;
    const EvaluateOptions run = run_of(name, examples, options);
    const bool is_shown = name == kShown;
    say.info(concat("== the checkpoint \"", name, "\" ", checkpoint.fault));
    if (is_shown) say.info("$ " + spelled(run));
    evaluate(run, {is_shown ? say : quiet, world.interrupt});
    ranking.reports.push_back(*run.report.samples);
  }

  say.info("== which is best, by TISE's ranking score?");
  say.info("$ tise-eval rank *.jsonl");
  ranking.output = options.output / "leaderboard.json";
  ranking.html = options.output / "leaderboard.html";
  rank(ranking, world);

  say.info(concat("== is \"", kShown, "\" worse than \"faithful\"?"));
  say.info(concat("$ tise-eval compare faithful.jsonl ", kShown, ".jsonl"));
  CompareOptions comparison;
  comparison.samples = {options.output / "faithful.jsonl", options.output / concat(kShown, ".jsonl")};
  comparison.output = options.output / "comparison.json";
  compare(comparison, world);
  say_what_was_seen(options.output, say);
  say.info(concat("== reports are in ", options.output.string(), "; open ",
                  (options.output / "leaderboard.html").string(),
                  " or the page of a checkpoint in a browser"));
  say.info(
      "== next, with your own models, images and captions (main.jsonl: the --samples file of an earlier "
      "run):");
  for (const char* command : kNextCommands) say.info(command);
  return ExitCode::kOk;
}

}  // namespace

void add_demo(CommandLine& line) {
  const auto options = std::make_shared<DemoOptions>();
  CLI::App& command =
      line.add("demo", "evaluate six toy checkpoints that draw simple shapes; nothing is downloaded",
               "tise-eval demo", [options](World world) { return demo(*options, world); });
  add(command, kReports, "--output DIR", options->output,
      "folder for the reports and pages; must not exist yet");
  add_device_and_threads(command, options->encoding);
  add_log(command, line);
}

}  // namespace tise::cli
