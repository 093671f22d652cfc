#pragma once

#include <optional>
#include <vector>

#include "inputs.h"
#include "real_images.h"
#include "tise/report/report.h"
#include "tise/run/plan.h"
#include "tise/run/run.h"

namespace tise::run {

/// What encoding produced from the images and captions of a run.
struct Rows {
  store::Reader store;
  const std::vector<pipeline::BadImage>& bad;  ///< images that were skipped
  const RealRows& real;
};

/// The report before anything is encoded. Tells the listener which metrics will be computed, and passes it
/// the expected report.
report::Report begin_report(const Inputs& inputs, const Plan& plan, const metrics::Settings& settings,
                            const std::optional<data::Part>& part, Listener& listener);

/// Adds the recipe to the report, and warnings if it is untried or some of its settings were overridden.
void note_recipe(report::Report& report, const std::optional<report::RecipeUsed>& recipe);

/// Computes the report from rows, whether this run made them or those of merged stores did.
Outcome score(report::Report report, Inputs inputs, const Plan& plan, const Rows& rows);

}  // namespace tise::run
