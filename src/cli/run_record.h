#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine.h"
#include "inputs.h"
#include "plan.h"
#include "reference.h"
#include "tise/cli/options.h"

namespace tise::cli {

/// Says in the run's store, and in that of its real images, that all its rows are there, and writes down what
/// scoring them needs to know: what was read, what is to be computed and how, the models' cards.
void record_run(const EvaluateOptions& options, const Inputs& inputs, const Plan& plan, const Engine& engine,
                const std::vector<pipeline::BadImage>& bad, RunStore& store, RealRows& real);

/// What runs left in their stores, and the rows.
struct RecordedRun {
  EvaluateOptions options;  ///< paths, settings, threshold
  Inputs inputs;            ///< of all parts
  Plan plan;
  std::vector<pipeline::BadImage> bad;
  nlohmann::ordered_json archives;  ///< for Engine::recall
  std::string precision;
  std::optional<store::Reader> store;  ///< of all parts, there once it is read
  std::optional<store::Reader> real;   ///< of real images, where the runs had a folder of them
  std::vector<pipeline::BadImage> bad_real;
};

/// Reads the stores of the parts of one run, given in any order. Throws InputError that names the stores
/// where a run hasn't finished, where parts overlap or are missing, and where they were made of other inputs,
/// with other models or settings, or in another precision.
RecordedRun read_runs(const std::vector<std::filesystem::path>& stores);

}  // namespace tise::cli
