#pragma once

#include <chrono>
#include <vector>

#include "gates.h"
#include "inputs.h"
#include "plan.h"
#include "reference.h"
#include "tise/cli/options.h"
#include "tise/report/rank.h"
#include "tise/report/report.h"

namespace tise::cli {

/// What the images and captions of a run turned into.
struct Rows {
  store::Reader store;
  const std::vector<pipeline::BadImage>& bad;  ///< images that were skipped
  const RealRows& real;
};

/// From rows to the report, whoever made them: this run, or the runs whose stores are merged. The options
/// must outlive it.
class Scoring {
 public:
  /// Looks at what is written and what is compared with, before anything else. Throws InputError.
  Scoring(const EvaluateOptions& options, World world);

  /// Says what will be computed. Refuses, before the long work, what could not be ranked or compared after
  /// it. Throws UsageError, InputError.
  void prepare(const Inputs& inputs, const Plan& plan, Engine& engine);

  /// Scores, ranks, compares and delivers. Returns the run's exit code.
  ExitCode deliver(const Inputs& inputs, const Plan& plan, Engine& engine, const Rows& rows);

 private:
  const EvaluateOptions& options_;
  World world_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::vector<report::RankEntry> against_;
  Gates gates_;
  report::Report report_;
};

}  // namespace tise::cli
