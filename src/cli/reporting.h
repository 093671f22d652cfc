#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "listener.h"
#include "options.h"
#include "tise/base/error.h"

/// What is done with a report, of a run or of merged stores: ranking, comparison, gates, outputs.
namespace tise::cli {

/// Resolves the given names to the metrics that a run must compute for its report. Also spells the metrics of
/// gates as the registry does. Throws UsageError.
run::Asked resolve_report(ReportOptions& options, std::vector<std::string> names);

/// A run: reports progress to the listener and returns its outcome, or nullopt if another process makes the
/// report.
using Run = std::function<std::optional<run::Outcome>(run::Listener&)>;

/// Checks the outputs and reads what to compare with before anything is encoded. Then runs, ranks, compares
/// and writes the outputs. Returns the run's exit code. Throws UsageError, InputError.
ExitCode report_on(const ReportOptions& options, const run::Asked& asked, World world, const Run& run);

}  // namespace tise::cli
