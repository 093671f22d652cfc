// The demo world's six checkpoints, as a user would go about it: statistics of the real images once, a report
// of each checkpoint, which is best, and whether one is better than another.

#include <array>

#include "commands.h"
#include "outputs.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/shared_folder.h"

namespace tise::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::array kCheckpoints{"faithful",   "blurred",    "miscounting",
                                  "misplacing", "mismatched", "collapsed"};
/// The one that is shown in full, and compared with the faithful one.
constexpr const char* kShown = "miscounting";

fs::path find_examples() {
  fs::path folder = shared_folder("examples/shapes");
  if (folder.empty()) throw InputError("demo world: " + shared_places("examples/shapes"));
  return folder;
}

EvaluateOptions run_of(const std::string& checkpoint, const fs::path& examples, const DemoOptions& options) {
  EvaluateOptions run;
  run.engine = options.engine;
  run.images = examples / checkpoint;
  run.captions = examples / "captions.json";
  run.real = options.output / "real.npz";
  run.output = options.output / (checkpoint + ".json");
  run.samples = options.output / (checkpoint + ".jsonl");
  run.html = options.output / (checkpoint + ".html");
  return run;
}

/// The command that does the same.
std::string spelled(const EvaluateOptions& run) {
  return concat("tise-eval --models shapes --images ", run.images.string(), " --captions ",
                run.captions->string(), " --real ", run.real->string(), " --output ", run.output->string(),
                " --html ", run.html->string());
}

void make_folder(const fs::path& path) {
  if (fs::exists(path))
    throw InputError(
        concat("output ", path.string(), ": is there already; name another folder with --output"));
  std::error_code error;
  fs::create_directories(path, error);
  if (error) throw InputError(concat("output ", path.string(), ": can't be made: ", error.message()));
}

}  // namespace

ExitCode demo(const DemoOptions& asked, World world) {
  DemoOptions options = asked;
  options.engine.models = "shapes";
  const fs::path examples = find_examples();
  make_folder(options.output);
  Console& say = world.console;
  LogStyle brief = say.style();
  if (brief.verbosity != Verbosity::kVerbose) brief.verbosity = Verbosity::kSilent;
  Console quiet(brief);

  say.info("== statistics of the real images, once");
  StatsOptions statistics;
  statistics.engine = options.engine;
  statistics.images = examples / "real";
  statistics.output = options.output / "real.npz";
  stats(statistics, world);

  RankOptions ranking;
  for (const std::string checkpoint : kCheckpoints) {
    const EvaluateOptions run = run_of(checkpoint, examples, options);
    const bool is_shown = checkpoint == kShown;
    say.info(concat("== the checkpoint \"", checkpoint, "\""));
    if (is_shown) say.info("$ " + spelled(run));
    evaluate(run, {is_shown ? say : quiet, world.interrupt});
    ranking.reports.push_back(*run.output);
  }

  say.info("== which is best, by TISE's ranking score?\n$ tise-eval rank *.json");
  ranking.output = options.output / "leaderboard.json";
  ranking.html = options.output / "leaderboard.html";
  rank(ranking, world);

  say.info(concat("== is \"", kShown, "\" worse than \"faithful\"?\n$ tise-eval compare faithful.jsonl ",
                  kShown, ".jsonl"));
  CompareOptions comparison;
  comparison.samples = {options.output / "faithful.jsonl", options.output / concat(kShown, ".jsonl")};
  comparison.output = options.output / "comparison.json";
  compare(comparison, world);
  say.info(concat("== reports are in ", options.output.string(), ", to look at: ", options.output.string(),
                  "/*.html"));
  return ExitCode::kOk;
}

}  // namespace tise::cli
