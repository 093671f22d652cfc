#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine.h"
#include "reference.h"
#include "tise/cli/options.h"
#include "tise/data/images.h"
#include "tise/metrics/registry.h"

namespace tise::cli {

/// What a run can compute with what it was given.
struct Plan {
  /// Every metric asked for, with the reason why it can't be computed, or none.
  std::vector<std::pair<const metrics::Metric*, std::string>> metrics;
  metrics::Needs needs;  ///< of all of them that can

  bool computes(std::string_view key) const;
  void update_needs();
};

/// Spells the metrics that items name ("metrics": only these use the item) as the registry does. Throws
/// InputError where there is no such metric.
void check_item_metrics(data::Dataset& dataset, const std::filesystem::path& captions);

/// The metrics asked for, before any model is looked at: the inputs alone decide. Throws UsageError for a
/// metric that was asked for by name and lacks an input.
Plan plan_metrics(const EvaluateOptions& options, const data::Dataset& dataset, const RealSource& real);

/// Looks for the models that the plan needs, and strikes out what lacks one. Throws ModelError where a metric
/// was asked for by name, or where no metric is left.
void find_models(Plan& plan, const EvaluateOptions& options, Engine& engine);

}  // namespace tise::cli
