#include "tise/base/fields.h"

#include <gtest/gtest.h>

#include <array>
#include <stdexcept>

namespace tise {
namespace {

using json = nlohmann::json;

Fields fields_in(const json& object) {
  return {object, [](const std::string& why) { throw std::runtime_error("here: " + why); }};
}

/// The message with which `read` refuses an object.
template <typename Read>
std::string complaint_of(const json& object, const Read& read) {
  try {
    read(fields_in(object));
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no complaint";
}

TEST(Fields, are_read_as_their_types) {
  const json object{{"name", "a"},  {"id", 7},        {"words", {"x", "y"}},
                    {"share", 0.5}, {"mean", {1, 2}}, {"input", {{"width", 4}}}};
  const Fields fields = fields_in(object);
  EXPECT_EQ(fields.at("name").text(), "a");
  EXPECT_EQ(fields.at("id").label(), "7");
  EXPECT_EQ(fields.at("id").integer(1, 9), 7);
  EXPECT_EQ(fields.at("words").texts(), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(fields.at("share").positive(), 0.5);
  EXPECT_EQ(fields.at("mean").numbers(), (std::vector<double>{1, 2}));
  EXPECT_EQ(fields.at("input").object().at("width").integer(1, 9), 4);
}

TEST(Fields, that_are_absent_or_null_are_nullopt) {
  const json object{{"name", nullptr}};
  const Fields fields = fields_in(object);
  EXPECT_EQ(fields.get("name", &Field::text), std::nullopt);
  EXPECT_EQ(fields.get("share", &Field::number), std::nullopt);
  EXPECT_EQ(complaint_of(object, [](const Fields& read) { read.at("name"); }), "here: has no \"name\"");
}

TEST(Fields, of_the_wrong_type_are_named) {
  const json object{{"a", 1.5}, {"input", {{"width", "4"}, {"words", {"x", 2}}}}};
  EXPECT_EQ(complaint_of(object, [](const Fields& read) { read.at("a").text(); }),
            "here: \"a\" must be a string, is a number");
  EXPECT_EQ(complaint_of(object, [](const Fields& read) { read.at("a").integer(1, 2); }),
            "here: \"a\" must be a whole number, is 1.5");
  EXPECT_EQ(
      complaint_of(object, [](const Fields& read) { read.at("input").object().at("width").integer(1, 2); }),
      "here: \"input.width\" must be a whole number, is a string");
  EXPECT_EQ(complaint_of(object, [](const Fields& read) { read.at("input").object().at("words").texts(); }),
            "here: \"input.words\" must be a list of strings, has a number");
  EXPECT_EQ(complaint_of(json::array(), [](const Fields& /*read*/) {}), "here: must be an object, is a list");
}

TEST(Fields, may_have_several_names_but_only_one_at_a_time) {
  constexpr std::array<std::string_view, 2> kNames{"caption", "text"};
  const json one{{"text", "a"}};
  EXPECT_EQ(fields_in(one).get(kNames, &Field::text), "a");
  const json two{{"caption", "a"}, {"text", "b"}};
  EXPECT_EQ(complaint_of(two, [&](const Fields& read) { read.find(kNames); }),
            "here: has both \"caption\" and \"text\", which mean the same");
  EXPECT_EQ(choice_of(kNames), "\"caption\" or \"text\"");
}

TEST(Fields, with_an_integer_too_large_for_int_are_out_of_range) {
  const json object{{"n", 18446744073709551615U}};
  EXPECT_EQ(complaint_of(object, [](const Fields& read) { read.at("n").integer(1, 2); }),
            "here: \"n\" must be 1 to 2, is 18446744073709551615");
}

}  // namespace
}  // namespace tise
