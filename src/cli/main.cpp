#include <algorithm>
#include <csignal>
#include <exception>
#include <iostream>
#include <string>

#include "commands.h"
#include "ranks.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
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
    case cli::Command::kDemo:
      return cli::demo(options.demo, world);
    case cli::Command::kDoctor:
      return cli::doctor(options.doctor, world);
    case cli::Command::kCompletion:
    case cli::Command::kMan:
      break;  // printed by the parser
  }
  return ExitCode::kInternal;
}

/// The exit code, once all that was printed is out.
int finished(ExitCode code) {
  if (std::cout << std::flush) return static_cast<int>(code);
  check_standard_output("output");
  throw InputError("output (standard output): can't be written");
}

/// How errors are said, before the command line is parsed and after.
cli::LogStyle style_of(int argc, char** argv) {
  cli::LogStyle style;
  const bool json =
      std::any_of(argv, argv + argc, [](const std::string& word) { return word == cli::kLogJsonFlag; });
  if (json) style.format = cli::LogFormat::kJson;
  return style;
}

}  // namespace

int main(int argc, char** argv) {
  open_standard_streams();
  std::signal(SIGPIPE, SIG_IGN);  // a reader that went away is a failed write, reported as such
  const cli::LogStyle style = style_of(argc, argv);
  try {
    const auto options = cli::parse_options(argc, argv);
    if (!options) return finished(ExitCode::kOk);
    cli::InterruptGuard interrupt(style);
    cli::LogStyle log = options->log;
    const bool follows = options->command == cli::Command::kEvaluate && cli::Ranks::is_follower();
    if (follows) log.verbosity = cli::Verbosity::kQuiet;
    cli::Console console(log);
    return finished(run(*options, {console, interrupt}));
  } catch (const Error& error) {
    cli::Console(style).error(error.what());
    return static_cast<int>(error.code());
  } catch (const std::exception& error) {
    cli::Console(style).error(std::string("internal error: ") + error.what());
    return static_cast<int>(ExitCode::kInternal);
  }
}
