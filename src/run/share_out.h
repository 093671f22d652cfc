#pragma once

#include <filesystem>

#include "encoder.h"
#include "inputs.h"
#include "processes.h"
#include "tise/run/plan.h"

namespace tise::run {

/// Fills the run's store, and that of its real images, together with the other processes. Returns when this
/// process's share is done; in the leading process, when all work is done. Then only bad images are missing
/// from the store. Throws InputError, ModelError, Interrupted.
void share_out(Processes& processes, const std::filesystem::path& folder, const Inputs& inputs,
               const Plan& plan, Encoder& encoder);

}  // namespace tise::run
