#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "listener.h"
#include "options.h"
#include "tise/base/error.h"

/// What becomes of a report, whoever made its rows: RS among others, comparison and gates, outputs.
namespace tise::cli {

/// The metrics that a run is to compute for its report, from the names that were given. Spells those of gates
/// as the registry does. Throws UsageError.
run::Asked resolve_report(ReportOptions& options, std::vector<std::string> names);

/// A run: tells the listener, and returns what it came to.
using Run = std::function<std::optional<run::Outcome>(run::Listener&)>;

/// Looks first, before anything is encoded, at what will be written and what will be compared with; runs;
/// ranks and compares; delivers. Returns the run's exit code. Throws UsageError, InputError.
ExitCode report_on(const ReportOptions& options, const run::Asked& asked, World world, const Run& run);

}  // namespace tise::cli
