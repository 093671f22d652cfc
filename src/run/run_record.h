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

/// What is said of a run in its store.
struct Finished {
  data::Part part;
  const Inputs& inputs;
  const metrics::Settings& settings;
  const Plan& plan;
  const Archives& archives;
  const std::vector<pipeline::BadImage>& bad;
  const std::optional<report::RecipeUsed>& recipe;
};

/// Says in the run's store, and in that of its real images, that all its rows are there, and writes down what
/// scoring them needs to know: what was read, what is to be computed and how, the models' cards.
void record_run(const Finished& run, RunStore& store, RealRows& real);

/// What runs left in their stores, and the rows.
struct RecordedRun {
  Inputs inputs;  ///< of all parts; of real images only where they are
  metrics::Settings settings;
  Plan plan;
  std::vector<pipeline::BadImage> bad;
  nlohmann::ordered_json archives;     ///< for Archives::recall
  std::optional<store::Reader> store;  ///< of all parts, there once it is read
  std::optional<store::Reader> real;   ///< of real images, where the runs had a folder of them
  std::vector<pipeline::BadImage> bad_real;
  std::optional<report::RecipeUsed> recipe;
};

/// Reads the stores of the parts of one run, given in any order. Throws InputError that names the stores
/// where a run hasn't finished, where parts overlap or are missing, and where they were made of other inputs,
/// with other models or settings, or in another precision.
RecordedRun read_runs(const std::vector<std::filesystem::path>& stores);

}  // namespace tise::run
