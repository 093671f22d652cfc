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

/// A command's work: it checks what CLI11 can't check about the flags, does the work and returns the exit
/// code. Throws tise::Error for what the user can fix.
using Job = std::function<ExitCode(World)>;

/// The command line: the main job (evaluation) is the app, and the other commands are its subcommands.
class CommandLine {
 public:
  CommandLine();

  CLI::App app;
  LogStyle log;
  std::optional<std::filesystem::path> config;
  bool print_config = false;
  std::optional<std::string> recipe;              ///< --recipe
  std::optional<report::RecipeUsed> recipe_used;  ///< set once --recipe is applied

  /// Adds a command. Its flags, added to the result, write into options that `job` holds.
  CLI::App& add(const char* name, const char* summary, const char* examples, Job job);
  /// Sets the main job.
  void set_main(Job job) { main_ = std::move(job); }

  /// Returns the requested job, or nullopt after printing what was asked instead: help, the version or the
  /// flags in effect. Throws UsageError, and InputError if the --config file can't be read.
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

/// A command by its name; null if the name is unknown.
const CLI::App* find_command(const CLI::App& app, const std::string& name);

/// Reads flags from a TOML file: `images = "samples/"` stands for `--images samples/`. Keys at the top level
/// are for the main job, those in a table for the command of that name. `inputs` and `doctor` also take the
/// inputs and models of the main job. Sets only options of the parsed
/// command that have no value yet, neither typed nor from an environment variable. Throws InputError if the
/// file can't be read or isn't TOML, and UsageError for an unknown flag or a value that the flag doesn't
/// take.
void apply_config(const std::filesystem::path& file, CLI::App& command);

/// The flags of a parsed command as such a file. Flags without a value are comments.
std::string as_config(const CLI::App& command);

}  // namespace tise::cli
