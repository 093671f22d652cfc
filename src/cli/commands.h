#pragma once

#include "engine.h"
#include "tise/base/error.h"
#include "tise/cli/options.h"

namespace tise::cli {

/// The commands. Each returns the exit code; what the user can mend is thrown as tise::Error.
ExitCode evaluate(const EvaluateOptions& options, World world);
ExitCode merge(const MergeOptions& options, World world);
ExitCode stats(const StatsOptions& options, World world);
ExitCode rank(const RankOptions& options, World world);
ExitCode compare(const CompareOptions& options, World world);
ExitCode list_models(const ModelsOptions& options, World world);
ExitCode annotate(const AnnotateOptions& options, World world);
ExitCode explain(const ExplainOptions& options);
ExitCode calibrate(const CalibrateOptions& options, World world);
ExitCode demo(const DemoOptions& options, World world);
ExitCode doctor(const DoctorOptions& options, World world);

}  // namespace tise::cli
