#pragma once

#include <string>
#include <vector>

#include "tise/report/rank.h"

namespace tise::report {

/// The choices in which the entries' signatures differ, where they concern one of `metrics`, a sentence each.
std::vector<std::string> signature_differences(const std::vector<const RankEntry*>& entries,
                                               const std::vector<std::string>& metrics);

/// Why the entries' numbers should not be ranked together, a sentence each: signatures that differ where they
/// concern one of `metrics`, shares (0..1) beside percentages.
std::vector<std::string> obstacles(const std::vector<const RankEntry*>& entries,
                                   const std::vector<std::string>& metrics);

}  // namespace tise::report
