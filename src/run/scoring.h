#pragma once

#include <optional>
#include <vector>

#include "inputs.h"
#include "real_images.h"
#include "tise/report/report.h"
#include "tise/run/plan.h"
#include "tise/run/run.h"

namespace tise::run {

/// What the images and captions of a run turned into.
struct Rows {
  store::Reader store;
  const std::vector<pipeline::BadImage>& bad;  ///< images that were skipped
  const RealRows& real;
};

/// The report before anything is encoded. Says what will be computed, and shows the listener what is
/// expected.
report::Report begin_report(const Inputs& inputs, const Plan& plan, const metrics::Settings& settings,
                            const std::optional<data::Part>& part, Listener& listener);

/// Says which recipe a run is of, and that it is untried if it is.
void note_recipe(report::Report& report, const std::optional<report::RecipeUsed>& recipe);

/// From rows to the report, whoever made them: this run, or the runs whose stores are merged.
Outcome score(report::Report report, Inputs inputs, const Plan& plan, const Rows& rows);

}  // namespace tise::run
