#pragma once

#include <filesystem>

#include "engine.h"
#include "inputs.h"
#include "plan.h"
#include "ranks.h"
#include "tise/cli/options.h"

namespace tise::cli {

/// Fills the run's store, and that of its real images, together with the other ranks. Returns when this one's
/// work is done, for the leading rank when all of it is; only images that are bad are then not in the store.
/// Throws InputError, ModelError, Interrupted.
void fill_together(Ranks& ranks, const std::filesystem::path& folder, const EvaluateOptions& options,
                   const Inputs& inputs, const Plan& plan, Engine& engine, World world);

}  // namespace tise::cli
