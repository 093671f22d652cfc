// RS of several generators, from their reports or from flat files; or a generator's metrics over its
// checkpoints.

#include "commands.h"
#include "outputs.h"
#include "tise/report/history.h"
#include "tise/report/rank.h"

namespace tise::cli {
namespace {

ExitCode over_time(const RankOptions& options, Console& console) {
  const report::History history = report::read_history(*options.over_time, options.metrics, options.force);
  for (const std::string& warning : history.warnings) console.warn(warning);
  for (const std::string& note : history.notes) console.info(note);
  console.print(report::to_table(history));
  if (options.html) deliver(options.html, "page", report::history_page(history));
  deliver(options.output, "history", report::to_json(history));
  return ExitCode::kOk;
}

}  // namespace

ExitCode rank(const RankOptions& options, World world) {
  check_deliverable(options.output, options.over_time ? "history" : "leaderboard");
  check_writable(options.html, "page");
  if (options.over_time) return over_time(options, world.console);
  const report::Leaderboard board =
      report::rank(report::read_rank_entries(options.reports), {options.metrics, options.force});
  for (const std::string& warning : board.warnings) world.console.warn(warning);
  for (const std::string& note : board.notes) world.console.info(note);
  world.console.print(report::to_table(board));
  if (options.html) deliver(options.html, "page", report::leaderboard_page(board));
  deliver(options.output, "leaderboard", report::to_json(board));
  return ExitCode::kOk;
}

}  // namespace tise::cli
