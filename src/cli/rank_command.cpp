// RS of several generators, from their reports or from flat files.

#include <iostream>

#include "commands.h"
#include "tise/base/files.h"
#include "tise/report/rank.h"

namespace tise::cli {

ExitCode rank(const RankOptions& options, World world) {
  const report::Leaderboard board =
      report::rank(report::read_rank_entries(options.reports), {options.metrics, options.force});
  for (const std::string& warning : board.warnings) world.console.warn(warning);
  for (const std::string& note : board.notes) world.console.info(note);
  world.console.print(report::to_table(board));
  const std::string json = report::to_json(board);
  if (options.output) {
    write_atomically(*options.output, "leaderboard", json);
  } else if (!(std::cout << json << std::flush)) {
    throw InputError("leaderboard (standard output): can't be written");
  }
  return ExitCode::kOk;
}

}  // namespace tise::cli
