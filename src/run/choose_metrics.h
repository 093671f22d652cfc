#pragma once

#include "devices.h"
#include "inputs.h"
#include "real_images.h"
#include "tise/run/archives.h"
#include "tise/run/plan.h"
#include "tise/run/run.h"

namespace tise::run {

/// The metrics of these keys, in the registry's order; of none: the bag.
std::vector<metrics::Chosen> asked_metrics(const std::vector<std::string>& keys);

/// The metrics asked for, before any model is looked at: the inputs alone decide. Throws UsageError for a
/// metric that was asked for by name and lacks an input.
Plan plan_metrics(const Asked& asked, const Inputs& inputs);

/// Looks for the models that the plan needs, and strikes out what lacks one. Throws ModelError if a metric
/// was asked for by name, or if no metric is left; UsageError if what is asked for knows objects by different
/// labels.
void find_models(Plan& plan, const Asked& asked, Archives& archives);

/// Gives each computed metric its settings: those of the run, and what its cards and the protocol add.
void choose_settings(Plan& plan, const metrics::Settings& settings, c10::Device device);

/// Strikes out what real statistics can't serve. Throws UsageError if it was asked for by name.
void strike_out_without_real(Plan& plan, const Asked& asked, const RealSource& real);

/// Throws UsageError for a group by whose name metrics were asked for, of which none can be computed.
void refuse_vain_groups(const Plan& plan, const Asked& asked);

}  // namespace tise::run
