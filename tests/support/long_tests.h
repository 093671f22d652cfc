#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

namespace tise::testing {

/// How often chance has its say: a few times, or many with TISE_LONG_TESTS (docs/reliability.md).
inline int times(int few, int many) { return std::getenv("TISE_LONG_TESTS") == nullptr ? few : many; }

/// Whether simulations are of a metric: of all, or of those that TISE_SIMULATED names (`KID,MMD`).
inline bool is_simulated(std::string_view metric) {
  const char* only = std::getenv("TISE_SIMULATED");
  if (only == nullptr) return true;
  const std::string names = "," + std::string(only) + ",";
  return names.find("," + std::string(metric) + ",") != std::string::npos;
}

}  // namespace tise::testing
