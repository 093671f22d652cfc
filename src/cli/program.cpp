#include "tise/cli/program.h"

#include <algorithm>
#include <csignal>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

#include "command_line.h"
#include "flags.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/cli/console.h"
#include "tise/cli/interrupt.h"

namespace tise::cli {
namespace {

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
    CommandLine line;
    const std::optional<Job> job = line.parse(argc, argv);
    if (!job) return finished(ExitCode::kOk);
    InterruptGuard interrupt(style);
    Console console(line.log);
    return finished((*job)({console, interrupt}));
  } catch (const Error& error) {
    Console(style).error(error.what());
    return static_cast<int>(error.code());
  } catch (const std::exception& error) {
    Console(style).error(std::string("internal error: ") + error.what());
    return static_cast<int>(ExitCode::kInternal);
  }
}

}  // namespace tise::cli
