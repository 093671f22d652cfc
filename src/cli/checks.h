#pragma once

#include "tise/cli/options.h"

/// What a command line says that goes beyond one flag. Names of metrics come out as the registry spells them.
/// All throw UsageError.
namespace tise::cli {

void check_evaluate(EvaluateOptions& options);
/// What scoring takes, whoever encoded.
void check_scoring(EvaluateOptions& options);
void check_statistics(StatsOptions& options);
void check_rank(RankOptions& options);
void check_compare(CompareOptions& options);

}  // namespace tise::cli
