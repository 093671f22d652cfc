#include "tise/cli/program.h"

#include <algorithm>
#include <csignal>
#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <string_view>

#include "commands.h"
#include "ranks.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/cli/console.h"
#include "tise/cli/interrupt.h"
#include "tise/cli/options.h"

namespace tise::cli {
namespace {

ExitCode run(const Options& options, World world) {
  // Completion and the manual page aren't here: the parser prints them.
  const std::map<Command, std::function<ExitCode()>> jobs{
      {Command::kEvaluate, [&] { return evaluate(options.evaluate, world); }},
      {Command::kStats, [&] { return stats(options.stats, world); }},
      {Command::kRank, [&] { return rank(options.rank, world); }},
      {Command::kModels, [&] { return list_models(options.models, world); }},
      {Command::kAnnotate, [&] { return annotate(options.annotate, world); }},
      {Command::kExplain, [&] { return explain(options.explain); }},
      {Command::kCompare, [&] { return compare(options.compare, world); }},
      {Command::kMerge, [&] { return merge(options.merge, world); }},
      {Command::kCalibrate, [&] { return calibrate(options.calibrate, world); }},
      {Command::kDemo, [&] { return demo(options.demo, world); }},
      {Command::kDoctor, [&] { return doctor(options.doctor, world); }}};
  return jobs.at(options.command)();
}

/// The exit code, once all that was printed is out.
int finished(ExitCode code) {
  if (std::cout << std::flush) return static_cast<int>(code);
  check_standard_output("output");
  throw InputError("output (standard output): can't be written");
}

}  // namespace

int run_program(int argc, const char* const* argv) {
  open_standard_streams();
  // OpenCV writes there what it dislikes about a file; ours name the file, and may have to be JSON.
  std::cerr.setstate(std::ios::failbit);
  std::signal(SIGPIPE, SIG_IGN);  // a reader that went away is a failed write, reported as such
  // Of errors, before the command line is parsed and after.
  LogStyle style;
  const bool is_json = std::find(argv, argv + argc, std::string_view(kLogJsonFlag)) != argv + argc;
  if (is_json) style.format = LogFormat::kJson;
  try {
    const auto options = parse_options(argc, argv);
    if (!options) return finished(ExitCode::kOk);
    InterruptGuard interrupt(style);
    LogStyle log = options->log;
    const bool follows = options->command == Command::kEvaluate && Ranks::is_follower();
    if (follows) log.verbosity = Verbosity::kQuiet;
    Console console(log);
    return finished(run(*options, {console, interrupt}));
  } catch (const Error& error) {
    Console(style).error(error.what());
    return static_cast<int>(error.code());
  } catch (const std::exception& error) {
    Console(style).error(std::string("internal error: ") + error.what());
    return static_cast<int>(ExitCode::kInternal);
  }
}

}  // namespace tise::cli
