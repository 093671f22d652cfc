#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tise/base/concat.h"

namespace tise {

/// How deep the lists and objects of a JSON text may be nested: code that copies, compares or writes a value
/// calls itself once per level.
inline constexpr int kDeepestJson = 100;

/// Thrown by everything here that reads JSON; the message is `nested more than 100 deep`.
class NestedTooDeep : public std::runtime_error {
 public:
  NestedTooDeep() : std::runtime_error(concat("nested more than ", kDeepestJson, " deep")) {}
};

/// For nlohmann's parser callbacks. Throws NestedTooDeep at the start of a list or object that lies in too
/// many others.
inline void check_depth(int depth, nlohmann::json::parse_event_t event) {
  using Event = nlohmann::json::parse_event_t;
  const bool goes_down = event == Event::array_start || event == Event::object_start;
  if (goes_down && depth >= kDeepestJson) throw NestedTooDeep();
}

/// The value of a JSON text; a discarded value if the text is not JSON. Throws NestedTooDeep. All JSON from
/// outside is read by this function, or by data::parse_json, which has the same limit.
template <typename Json = nlohmann::json>
Json json_or_discarded(std::string_view text) {
  const auto look = [](int depth, typename Json::parse_event_t event, const Json& /*parsed*/) {
    check_depth(depth, static_cast<nlohmann::json::parse_event_t>(event));
    return true;
  };
  return Json::parse(text.begin(), text.end(), look, /*allow_exceptions=*/false);
}

}  // namespace tise
