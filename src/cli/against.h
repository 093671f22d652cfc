#pragma once

#include <vector>

#include "plan.h"
#include "reference.h"
#include "tise/cli/options.h"
#include "tise/report/rank.h"

namespace tise::cli {

/// Reads the reports of --against; the one that this run will write over is left out, with a warning.
std::vector<report::RankEntry> read_against(const EvaluateOptions& options, Console& console);

/// Refuses, before the long work, what could not be ranked after it. `expected` has the run's settings,
/// models and inputs as far as they are known, and any value for what will be computed.
void check_against(const report::Report& expected, const std::vector<report::RankEntry>& others,
                   const EvaluateOptions& options);

/// Adds the report's RS, where other reports or all metrics were asked for.
void add_ranking_score(report::Report& report, const data::Dataset& dataset,
                       const std::vector<report::RankEntry>& others, const EvaluateOptions& options);

}  // namespace tise::cli
