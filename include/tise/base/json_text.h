#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace tise {

/// JSON as text, UTF-8 whatever it holds: bytes of a path that are not UTF-8 become U+FFFD, where
/// nlohmann's own `dump` throws.
template <typename Json>
std::string json_text(const Json& json, int indent = -1) {
  return json.dump(indent, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

}  // namespace tise
