#include "tise/base/json.h"

#include "tise/base/concat.h"

namespace tise {

NestedTooDeep::NestedTooDeep() : std::runtime_error(concat("nested more than ", kDeepestJson, " deep")) {}

void check_depth(int depth, nlohmann::json::parse_event_t event) {
  using Event = nlohmann::json::parse_event_t;
  if (depth < kDeepestJson) return;
  if (event == Event::array_start || event == Event::object_start) throw NestedTooDeep();
}

}  // namespace tise
