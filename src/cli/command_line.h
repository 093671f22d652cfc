#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "listener.h"
#include "tise/base/error.h"
#include "tise/cli/console.h"
#include "tise/report/report.h"

namespace tise::cli {

/// What a command does: it checks what CLI11 can't know of its flags, does its work, and returns the exit
/// code. What the user can mend is thrown as tise::Error.
using Job = std::function<ExitCode(World)>;

/// The command line: the main job, whose subcommands are the other commands.
class CommandLine {
 public:
  CommandLine();

  CLI::App app;
  LogStyle log;
  std::optional<std::filesystem::path> config;
  bool print_config = false;
  std::optional<std::string> recipe;              ///< --recipe
  std::optional<report::RecipeUsed> recipe_used;  ///< once it is parsed

  /// Adds a command, whose flags write into what its job has.
  CLI::App& add(const char* name, const char* summary, const char* examples, Job job);
  /// The same for the main job.
  void set_main(Job job) { main_ = std::move(job); }

  /// The job that was asked for. Nothing where the command line asked about itself (help, version, flags in
  /// effect), which is then printed. Throws UsageError, and InputError where a file of --config can't be
  /// read.
  std::optional<Job> parse(int argc, const char* const* argv);

 private:
  CLI::App& parsed_command();

  struct Subcommand {
    CLI::App* app;
    Job job;
  };
  std::vector<Subcommand> subcommands_;
  Job main_;
};

/// A command by its name; null where there is none.
const CLI::App* find_command(const CLI::App& app, const std::string& name);

/// Flags written down in TOML: `images = "samples/"` stands for `--images samples/`; keys at the top are the
/// main job's, those of a table the command's of that name. Gives the options of a parsed command that have
/// no value yet (neither typed nor from a variable of the environment) those of the file. Throws InputError
/// if the file can't be read or isn't TOML, UsageError if it names no flag of the command, or a value that
/// the flag doesn't take.
void apply_config(const std::filesystem::path& file, CLI::App& command);

/// The flags of a parsed command as such a file. Those that have no value are in it as comments.
std::string as_config(const CLI::App& command);

}  // namespace tise::cli
