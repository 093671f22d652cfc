#pragma once

#include "devices.h"
#include "inputs.h"
#include "real_images.h"
#include "tise/run/archives.h"
#include "tise/run/plan.h"
#include "tise/run/run.h"

namespace tise::run {

/// The metrics of these keys, in the registry's order; the bag for an empty list.
std::vector<metrics::Chosen> asked_metrics(const std::vector<std::string>& keys);

/// Decides from the inputs alone, before any model is looked at, which of the requested metrics can be
/// computed. Throws UsageError if an input is missing for a metric that was requested by name.
Plan plan_metrics(const Asked& asked, const Inputs& inputs);

/// Finds the models that the plan needs, and strikes out metrics whose model is missing. Throws ModelError if
/// such a metric was requested by name or no metric is left; UsageError if metrics use different labels for
/// objects.
void find_models(Plan& plan, const Asked& asked, Archives& archives);

/// Gives each computed metric its settings: those of the run, completed from its cards and the protocol.
void choose_settings(Plan& plan, const metrics::Settings& settings, c10::Device device);

/// Strikes out metrics for which the real statistics have nothing. Throws UsageError if such a metric was
/// requested by name.
void strike_out_without_real(Plan& plan, const Asked& asked, const RealSource& real);

/// Throws UsageError if metrics were requested by a group's name and none of them can be computed.
void refuse_vain_groups(const Plan& plan, const Asked& asked);

}  // namespace tise::run
