#pragma once

#include <string>

namespace tise::testing {

/// The bytes of a chunk file with its checksums corrected, so that later checks must find what is wrong with
/// it.
std::string with_right_sums(std::string chunk);

}  // namespace tise::testing
