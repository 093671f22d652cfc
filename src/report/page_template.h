#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace tise::report {

/// The page that page/ has the sources of, with its title and what it shows: as a `report`, a `leaderboard`
/// or a `history`.
std::string filled_page(const std::string& kind, const std::string& title,
                        const nlohmann::ordered_json& data);

}  // namespace tise::report
