#include <csignal>
#include <cstdio>
#include <exception>

#include "commands.h"
#include "ranks.h"
#include "tise/base/error.h"
#include "tise/cli/console.h"
#include "tise/cli/interrupt.h"
#include "tise/cli/options.h"

namespace {

using namespace tise;

ExitCode run(const cli::Options& options, cli::World world) {
  switch (options.command) {
    case cli::Command::kEvaluate:
      return cli::evaluate(options.evaluate, world);
    case cli::Command::kStats:
      return cli::stats(options.stats, world);
    case cli::Command::kRank:
      return cli::rank(options.rank, world);
    case cli::Command::kModels:
      return cli::list_models(options.models, world);
    case cli::Command::kAnnotate:
      return cli::annotate(options.annotate, world);
    case cli::Command::kExplain:
      return cli::explain(options.explain);
    case cli::Command::kCompare:
      return cli::compare(options.compare, world);
    case cli::Command::kMerge:
      return cli::merge(options.merge, world);
    case cli::Command::kCalibrate:
      return cli::calibrate(options.calibrate, world);
  }
  return ExitCode::kInternal;
}

ExitCode say(const std::exception& error, ExitCode code) {
  std::fprintf(stderr, "tise-eval: %s%s\n", code == ExitCode::kInternal ? "internal error: " : "",
               error.what());
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that went away is a failed write, reported as such
  try {
    const auto options = cli::parse_options(argc, argv);
    if (!options) return static_cast<int>(ExitCode::kOk);
    cli::InterruptGuard interrupt;
    const bool leads = options->command != cli::Command::kEvaluate || !cli::Ranks::is_follower();
    cli::Console console(leads ? options->verbosity : cli::Verbosity::kQuiet);
    return static_cast<int>(run(*options, {console, interrupt}));
  } catch (const Error& error) {
    return static_cast<int>(say(error, error.code()));
  } catch (const std::exception& error) {
    return static_cast<int>(say(error, ExitCode::kInternal));
  }
}
