// `tise-eval rank`: RS of several generators, from their reports or from flat metric files; or a generator's
// metrics over its checkpoints.

#include <memory>

#include "commands.h"
#include "flags.h"
#include "outputs.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"
#include "tise/report/history.h"
#include "tise/report/rank.h"

namespace tise::cli {
namespace {

void over_time(const RankOptions& options, Console& console) {
  const report::History history = report::read_history(*options.over_time, options.metrics, options.force);
  for (const std::string& warning : history.warnings) console.warn(warning);
  for (const std::string& note : history.notes) console.info(note);
  console.print(report::to_table(history));
  if (options.html) deliver(options.html, "page", report::history_page(history));
  deliver(options.output, "history", report::to_json(history));
}

void resolve(RankOptions& options) {
  if (options.reports.empty() && !options.over_time) {
    throw UsageError("rank needs reports, or --over-time DIR; see tise-eval rank --help");
  }
  if (options.over_time) {
    if (!options.reports.empty())
      throw UsageError("rank: reports and --over-time cannot be combined; pass one of them");
    options.metrics = run::asked(options.metrics).keys;
    return;
  }
  if (options.metrics.size() == 1 && options.metrics.front() == "all") options.metrics.clear();
  for (std::string& name : options.metrics) {
    const auto metric = report::find_rank_metric(name);
    if (!metric)
      throw UsageError("--metrics: RS has no metric \"" + name + "\"" +
                       did_you_mean(name, report::rank_metrics()) + "; it has " +
                       joined(report::rank_metrics()));
    name = *metric;
  }
}

}  // namespace

void add_rank(CommandLine& line) {
  const auto options = std::make_shared<RankOptions>();
  CLI::App& command =
      line.add("rank", "make a leaderboard with the ranking score RS, from reports or flat metric files",
               "tise-eval rank checkpoints/*/report.json --output leaderboard.json\n"
               "tise-eval rank --over-time checkpoints/ --html history.html",
               [options](World world) {
                 resolve(*options);
                 rank(*options, world);
                 return ExitCode::kOk;
               });
  add(command, kInputs, "reports FILE", options->reports,
      "reports, files such as {\"IS*\": 46.6, ...}, or files that map names to such entries");
  add(command, kInputs, "--over-time DIR", options->over_time,
      "show metrics over training instead, from the reports below DIR; their paths contain the steps");
  add_metrics(command, options->metrics, "comma-separated list of metrics to rank by, or to show over time");
  add(command, kReports, "--output FILE", options->output, "the leaderboard, as JSON [stdout]");
  add(command, kReports, "--html FILE", options->html, "the same as a web page");
  add_force(command, options->force);
  add_settings(command, line);
}

void rank(const RankOptions& options, World world) {
  check_deliverable(options.output, options.over_time ? "history" : "leaderboard");
  check_writable(options.html, "page");
  if (options.over_time) return over_time(options, world.console);
  const std::vector<report::RankEntry> entries = report::read_rank_entries(options.reports);
  if (entries.size() < 2) {
    throw UsageError(concat("rank needs at least two reports or entries, but ", entries.front().path,
                            " is the only one; add the others"));
  }
  const report::Leaderboard board = report::rank(entries, {options.metrics, options.force});
  for (const std::string& warning : board.warnings) world.console.warn(warning);
  for (const std::string& note : board.notes) world.console.info(note);
  world.console.print(report::to_table(board));
  if (options.html) deliver(options.html, "page", report::leaderboard_page(board));
  deliver(options.output, "leaderboard", report::to_json(board));
}

}  // namespace tise::cli
