#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "inputs.h"
#include "real_images.h"
#include "run_store.h"
#include "tise/run/archives.h"
#include "tise/run/plan.h"

namespace tise::run {

/// What a finished run records in its store.
struct Finished {
  data::Part part;
  const Inputs& inputs;
  const metrics::Settings& settings;
  const Plan& plan;
  const Archives& archives;
  const std::vector<pipeline::BadImage>& bad;
  const std::optional<report::RecipeUsed>& recipe;
};

/// Records in the run's store, and in that of its real images, that all rows are complete, and everything
/// else that scoring needs: the inputs, the metrics and their settings, and the models' cards.
void record_run(const Finished& run, RunStore& store, RealRows& real);

/// What `record_run` left in the stores of all parts of a run, and the rows.
struct RecordedRun {
  Inputs inputs;  ///< of all parts; for real images only their paths
  metrics::Settings settings;
  Plan plan;
  std::vector<pipeline::BadImage> bad;
  nlohmann::ordered_json archives;     ///< for Archives::recall
  std::optional<store::Reader> store;  ///< rows of all parts; always set once `read_runs` returns
  std::optional<store::Reader> real;   ///< rows of real images, if the run encoded them
  std::vector<pipeline::BadImage> bad_real;
  std::optional<report::RecipeUsed> recipe;
};

/// Reads the stores of the parts of one run, given in any order. Throws InputError that names the store if
/// its run hasn't finished, if a part is missing or given twice, or if stores were made from different
/// inputs, with different models or settings, or in different precisions.
RecordedRun read_runs(const std::vector<std::filesystem::path>& stores);

}  // namespace tise::run
