#pragma once

namespace tise {

/// Gives memory that the allocator keeps free back to the system: between two stages that need other blocks.
void give_back_free_memory();

}  // namespace tise
