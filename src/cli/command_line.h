#pragma once

#include <CLI/CLI.hpp>
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

}  // namespace tise::cli
