#pragma once

namespace tise {

/// Returns the allocator's free memory to the system. Call it between two stages that need blocks of
/// different sizes.
void give_back_free_memory();

}  // namespace tise
