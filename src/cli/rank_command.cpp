// RS of several generators, from their reports or from flat files.

#include "commands.h"
#include "outputs.h"
#include "tise/report/rank.h"

namespace tise::cli {

ExitCode rank(const RankOptions& options, World world) {
  const report::Leaderboard board =
      report::rank(report::read_rank_entries(options.reports), {options.metrics, options.force});
  for (const std::string& warning : board.warnings) world.console.warn(warning);
  for (const std::string& note : board.notes) world.console.info(note);
  world.console.print(report::to_table(board));
  deliver(options.output, "leaderboard", report::to_json(board));
  return ExitCode::kOk;
}

}  // namespace tise::cli
