#include "tise/base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tise {
namespace {

std::string nested(std::size_t depth, const std::string& open, const std::string& close) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += open;
  text += "1";
  for (std::size_t i = 0; i < depth; ++i) text += close;
  return text;
}

TEST(Json, may_be_nested_up_to_a_limit) {
  const auto limit = static_cast<std::size_t>(kDeepestJson);
  EXPECT_TRUE(json_or_discarded(nested(limit, "[", "]")).is_array());
  EXPECT_TRUE(json_or_discarded(nested(limit, "{\"a\":", "}")).is_object());
  for (const std::size_t depth : {limit + 1, std::size_t{2'000'000}}) {
    EXPECT_THROW(json_or_discarded(nested(depth, "[", "]")), NestedTooDeep) << depth;
    EXPECT_THROW(json_or_discarded<nlohmann::ordered_json>(nested(depth, "{\"a\":", "}")), NestedTooDeep);
    EXPECT_THROW(json_or_discarded(nested(depth, "[", "")), NestedTooDeep) << depth;
  }
}

TEST(Json, that_is_invalid_is_discarded) {
  for (const char* text : {"", "{", "nope", "[1,]", "NaN"}) {
    EXPECT_TRUE(json_or_discarded(text).is_discarded()) << text;
  }
}

}  // namespace
}  // namespace tise
