#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tise/data/source.h"
#include "tise/report/rank.h"

namespace tise::report {

/// Throws InputError if a report has another schema, no metrics or no signature.
void check_report(const data::Source& source, const nlohmann::json& report);

/// A run's signature, and its file for messages.
struct Signed {
  std::string path;
  std::string signature;
};

/// One line for each field that differs between signatures and affects one of `metrics`.
std::vector<std::string> signature_differences(const std::vector<Signed>& runs,
                                               const std::vector<std::string>& metrics);

/// Why the entries should not be ranked together, one line each: fields that differ between signatures and
/// affect one of `metrics`, and shares (0..1) mixed with percentages.
std::vector<std::string> obstacles(const std::vector<const RankEntry*>& entries,
                                   const std::vector<std::string>& metrics);

}  // namespace tise::report
