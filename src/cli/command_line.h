#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tise/cli/options.h"

namespace tise::cli {

/// The command line: its flags write into `options`.
class CommandLine {
 public:
  CommandLine();

  struct Subcommand {
    CLI::App* app;
    Command command;
    /// What CLI11 can't know of its options. Throws UsageError.
    std::function<void()> check;
  };

  CLI::App app;  ///< the main job; its subcommands are the other commands
  std::vector<Subcommand> subcommands;
  Options options;
};

/// A command by its name; null where there is none.
const CLI::App* find_command(const CLI::App& app, const std::string& name);

/// What a command line says that goes beyond one flag. Names of metrics come out as the registry spells them.
/// All throw UsageError.
void check_evaluate(EvaluateOptions& options);
/// What scoring takes, whoever encoded.
void check_scoring(EvaluateOptions& options);
void check_statistics(StatsOptions& options);
void check_rank(RankOptions& options);
void check_compare(CompareOptions& options);

/// Flags written down in TOML: `images = "samples/"` stands for `--images samples/`; keys at the top are the
/// main job's, those of a table the command's of that name. Gives the options of a parsed command that have
/// no value yet (neither typed nor from a variable of the environment) those of the file. Throws InputError
/// if the file can't be read or isn't TOML, UsageError if it names no flag of the command, or a value that
/// the flag doesn't take.
void apply_config(const std::filesystem::path& file, CLI::App& command);

/// The flags of a parsed command as such a file. Those that have no value are in it as comments.
std::string as_config(const CLI::App& command);

}  // namespace tise::cli
