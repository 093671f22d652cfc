#pragma once

#include <cstdlib>

namespace tise::testing {

/// How often chance has its say: a few times, or many with TISE_LONG_TESTS (docs/reliability.md).
inline int times(int few, int many) { return std::getenv("TISE_LONG_TESTS") == nullptr ? few : many; }

}  // namespace tise::testing
