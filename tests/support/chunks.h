#pragma once

#include <string>

namespace tise::testing {

/// The bytes of a chunk file with the checksums that they would need: what is wrong in them is then for the
/// checks after these to find.
std::string with_right_sums(std::string chunk);

}  // namespace tise::testing
