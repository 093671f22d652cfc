#pragma once

#include "command_line.h"
#include "options.h"

namespace tise::cli {

/// The commands, a file each: its flags, what must hold of them, and what it does.
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

/// Those that the demo runs. What the user can mend is thrown as tise::Error.
ExitCode evaluate(const EvaluateOptions& options, World world);
void stats(const StatsOptions& options, World world);
ExitCode compare(const CompareOptions& options, World world);
void rank(const RankOptions& options, World world);

}  // namespace tise::cli
