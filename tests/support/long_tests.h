#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

namespace tise::testing {

/// The number of random repetitions: `few`, or `many` if TISE_LONG_TESTS is set (docs/dev/reliability.md).
inline int times(int few, int many) { return std::getenv("TISE_LONG_TESTS") == nullptr ? few : many; }

/// Whether to simulate a metric: all are, unless TISE_SIMULATED lists some (`KID,MMD`).
inline bool is_simulated(std::string_view metric) {
  const char* only = std::getenv("TISE_SIMULATED");
  if (only == nullptr) return true;
  const std::string names = "," + std::string(only) + ",";
  return names.find("," + std::string(metric) + ",") != std::string::npos;
}

}  // namespace tise::testing
