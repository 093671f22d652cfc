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

/// Flushes standard output and returns the exit code. Throws InputError if it can't be written.
int finished(ExitCode code) {
  if (std::cout << std::flush) return static_cast<int>(code);
  check_standard_output("output");
  throw InputError("output (standard output): cannot be written");
}

}  // namespace

int run_program(int argc, const char* const* argv) {
  open_standard_streams();
  // OpenCV writes complaints about bad files there. Our messages name the file, and may have to be JSON.
  std::cerr.setstate(std::ios::failbit);
  std::signal(SIGPIPE, SIG_IGN);  // if the reader goes away, the write fails and is reported
  // Style of errors, also of those before the command line is parsed.
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
