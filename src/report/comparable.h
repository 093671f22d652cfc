#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tise/data/source.h"
#include "tise/report/rank.h"

namespace tise::report {

/// Throws InputError where a report is of another schema, or has no metrics or no signature.
void check_report(const data::Source& source, const nlohmann::json& report);

/// A run's signature, and its file for messages.
struct Signed {
  std::string path;
  std::string signature;
};

/// The choices in which signatures differ, where they concern one of `metrics`, a sentence each.
std::vector<std::string> signature_differences(const std::vector<Signed>& runs,
                                               const std::vector<std::string>& metrics);

/// Why the entries' numbers should not be ranked together, a sentence each: signatures that differ where they
/// concern one of `metrics`, shares (0..1) beside percentages.
std::vector<std::string> obstacles(const std::vector<const RankEntry*>& entries,
                                   const std::vector<std::string>& metrics);

}  // namespace tise::report
