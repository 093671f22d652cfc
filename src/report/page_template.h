#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace tise::report {

/// The page that page/ has the sources of, with a title and what it shows (`kind` picks how).
std::string filled_page(const std::string& title, const nlohmann::ordered_json& data);

}  // namespace tise::report
