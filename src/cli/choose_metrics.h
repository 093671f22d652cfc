#pragma once

#include "engine.h"
#include "plan.h"
#include "reference.h"
#include "tise/cli/options.h"

namespace tise::cli {

/// Whether a metric was asked for by name, rather than as one of all; `and_all`: among `metrics` was `all`.
bool is_named(const Planned& planned, const std::vector<std::string>& metrics, bool and_all);

/// The metrics of these keys, in the registry's order; of none: all of the registry.
std::vector<metrics::Chosen> asked_metrics(const std::vector<std::string>& keys);

/// The metrics asked for, before any model is looked at: the inputs alone decide. Throws UsageError for a
/// metric that was asked for by name and lacks an input.
Plan plan_metrics(const EvaluateOptions& options, const data::Dataset& dataset);

/// Looks for the models that the plan needs, and strikes out what lacks one. Throws ModelError if a metric
/// was asked for by name, or if no metric is left; UsageError if what is asked for knows objects by different
/// labels.
void find_models(Plan& plan, const EvaluateOptions& options, Engine& engine);

/// Gives each computed metric its settings: those of the run, and what its cards and the protocol add.
void choose_settings(Plan& plan, const EvaluateOptions& options, Engine& engine);

/// Strikes out what real statistics can't serve. Throws UsageError if it was asked for by name.
void strike_out_without_real(Plan& plan, const EvaluateOptions& options, const RealSource& real,
                             Engine& engine);

}  // namespace tise::cli
