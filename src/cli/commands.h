#pragma once

#include "command_line.h"
#include "options.h"

namespace tise::cli {

/// Each command has its own file, with its flags, the checks on them and its work.
void add_evaluate(CommandLine& line);  // the main job
void add_demo(CommandLine& line);
void add_doctor(CommandLine& line);
void add_inputs(CommandLine& line);
void add_stats(CommandLine& line);
void add_compare(CommandLine& line);
void add_rank(CommandLine& line);
void add_merge(CommandLine& line);
void add_calibrate(CommandLine& line);
void add_annotate(CommandLine& line);
void add_explain(CommandLine& line);
void add_recipes(CommandLine& line);
void add_models(CommandLine& line);
void add_completion(CommandLine& line);
void add_man(CommandLine& line);

/// The commands that the demo runs. They throw tise::Error for what the user can fix.
ExitCode evaluate(const EvaluateOptions& options, World world);
void stats(const StatsOptions& options, World world);
ExitCode compare(const CompareOptions& options, World world);
void rank(const RankOptions& options, World world);

}  // namespace tise::cli
