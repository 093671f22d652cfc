#pragma once

#include <string>
#include <vector>

namespace tise::data {

/// The text that `shards_of` makes these of, which are in bytewise order; empty if none does. One name is its
/// own pattern.
std::string as_braces(const std::vector<std::string>& texts);

}  // namespace tise::data
