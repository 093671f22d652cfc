#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace tise {

/// JSON as text that is always valid UTF-8: other bytes, such as in a path, become U+FFFD. (nlohmann's
/// `dump` throws by default.)
template <typename Json>
std::string json_text(const Json& json, int indent = -1) {
  return json.dump(indent, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

}  // namespace tise
