#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tise/base/concat.h"

namespace tise {

/// The maximum nesting depth of a JSON text. Code that copies, compares or writes a value recurses once per
/// level.
inline constexpr int kDeepestJson = 100;

/// Thrown by all functions here that read JSON; the message is `nested more than 100 deep`.
class NestedTooDeep : public std::runtime_error {
 public:
  NestedTooDeep() : std::runtime_error(concat("nested more than ", kDeepestJson, " deep")) {}
};

/// For nlohmann's parser callbacks. Throws NestedTooDeep at the start of a list or object that is nested too
/// deep.
inline void check_depth(int depth, nlohmann::json::parse_event_t event) {
  using Event = nlohmann::json::parse_event_t;
  const bool goes_down = event == Event::array_start || event == Event::object_start;
  if (goes_down && depth >= kDeepestJson) throw NestedTooDeep();
}

/// Parses a JSON text; returns a discarded value if it is not JSON. Throws NestedTooDeep. All external JSON
/// is read by this function, or by data::parse_json, which has the same limit.
template <typename Json = nlohmann::json>
Json json_or_discarded(std::string_view text) {
  const auto look = [](int depth, typename Json::parse_event_t event, const Json& /*parsed*/) {
    check_depth(depth, static_cast<nlohmann::json::parse_event_t>(event));
    return true;
  };
  return Json::parse(text.begin(), text.end(), look, /*allow_exceptions=*/false);
}

}  // namespace tise
