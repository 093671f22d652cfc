#pragma once

#include <string_view>

namespace tise::store {

/// Whether a pickle has nothing but what chunks are made of, and no string and no place that goes beyond it:
/// LibTorch reserves memory for what these claim, before it reads.
bool is_pickled_chunk(std::string_view pickle);

}  // namespace tise::store
