#include "tise/models/card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "models/tiny_archives.h"
#include "tise/base/error.h"
#include "tise/base/names.h"
#include "tise/models/kind.h"

namespace tise::models {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Json = nlohmann::ordered_json;

/// The error that parse_card throws for the card.
std::string complaint_about_card(const std::string& text) {
  try {
    parse_card(text, "clip.pt: card.json");
  } catch (const ModelError& error) {
    EXPECT_THAT(error.what(), AllOf(StartsWith("clip.pt: card.json: "), Not(HasSubstr("\n"))));
    return error.what();
  }
  return "no complaint";
}

std::string complaint_with(Json card, const std::string& pointer, const Json& value) {
  card[Json::json_pointer(pointer)] = value;
  return complaint_about_card(card.dump());
}

TEST(Cards, a_clip_card_reads_back) {
  const Card card = parse_card(testing::clip_card().dump(), "x");
  EXPECT_EQ(card.kind->name, "clip");
  EXPECT_EQ(card.name, "tiny");
  EXPECT_EQ(card.embed_dim, 3);
  EXPECT_EQ(card.context_length, 8);
  EXPECT_EQ(card.logit_scale, 100);
  EXPECT_EQ(to_string(card.input), "resize=4x4:pillow-bicubic");
  EXPECT_EQ(card.input.range, image::Range::kUnit);
  EXPECT_EQ(card.input.std, (std::array<float, 3>{0.5, 0.5, 0.5}));
  EXPECT_FALSE(card.demo);
}

/// A detector's card with these steps; detectors may take pictures of any size.
Json card_of_steps(const Json& steps) {
  Json card = testing::detector_card();
  card["input"] = {{"steps", steps}, {"range", "0..1"}, {"mean", {0, 0, 0}}, {"std", {1, 1, 1}}};
  return card;
}

std::string steps_in(const Json& steps) {
  return to_string(parse_card(card_of_steps(steps).dump(), "x").input);
}
std::string complaint_about_steps(const Json& steps) {
  return complaint_about_card(card_of_steps(steps).dump());
}

TEST(Cards, a_preparation_is_a_list_of_steps) {
  EXPECT_EQ(steps_in(Json::array()), "none");
  EXPECT_EQ(steps_in({{{"resize", "shorter"}, {"size", 224}, {"filter", "pillow-bicubic"}},
                      {{"crop", "center"}, {"size", 224}}}),
            "resize=224:pillow-bicubic,crop=224x224");
  EXPECT_EQ(steps_in({{{"crop", "square"}, {"offset", "floor"}},
                      {{"resize", "box"}, {"width", 9}, {"height", 8}, {"filter", "pillow-box"}}}),
            "square:floor,resize=9x8:pillow-box");
  EXPECT_EQ(steps_in({{{"resize", "longer"}, {"size", 9}, {"filter", "torch-bicubic-antialias"}},
                      {{"pad", "center"}, {"width", 9}, {"height", 9}, {"value", 7}}}),
            "resize-longer=9:torch-bicubic-antialias,pad=9x9:7");
  EXPECT_EQ(steps_in({{{"crop", "square"}, {"offset", "half-to-even"}}}), "square");
}

/// Which steps are good and which bad; tests/python/test_export.py reads the same file.
Json given_steps() {
  std::ifstream file(TISE_TEST_DATA "/models/steps.json");
  return Json::parse(file);
}

TEST(Cards, steps_are_those_that_exports_can_write) {
  const Json given = given_steps();
  for (const Json& steps : given["good"]) {
    EXPECT_EQ(steps_in(steps) == "none", steps.empty()) << steps;
  }
  for (const Json& bad : given["bad"]) {
    const Json& steps = bad[1];
    EXPECT_THAT(complaint_about_steps(steps), HasSubstr(bad[0].get<std::string>())) << steps;
  }
  for (const Json& steps : given["without_one_size"]) {
    Json card = testing::encoder_card();
    card["input"] = card_of_steps(steps)["input"];
    EXPECT_THAT(complaint_about_card(card.dump()), HasSubstr("does not give all images one size")) << steps;
  }
}

TEST(Cards, filters_are_those_of_the_exports) {
  const std::vector<std::string> filters = given_steps()["filters"];
  EXPECT_THAT(complaint_about_steps({{{"resize", "shorter"}, {"size", 9}, {"filter", "bicubic"}}}),
              HasSubstr("(known: " + joined(filters) + ")"));
}

TEST(Cards, an_older_cards_resize_and_fit_are_read_as_steps) {
  Json card = testing::clip_card();
  card["input"]["fit"] = "shortest-side-center-crop";
  EXPECT_EQ(to_string(parse_card(card.dump(), "x").input), "resize=4:pillow-bicubic,crop=4x4");
  EXPECT_THAT(complaint_with(card, "/input/width", 8), HasSubstr("needs equal width and height"));
  card["input"]["fit"] = "stretch";
  card["input"]["resize"] = "pillow-bicubic-float";
  EXPECT_EQ(to_string(parse_card(card.dump(), "x").input), "resize=4x4:pillow-float-bicubic");
  EXPECT_THAT(complaint_with(testing::clip_card(), "/input/resize", "none"),
              HasSubstr("only if \"fit\" is none"));
  EXPECT_THAT(complaint_with(testing::clip_card(), "/input/fit", "squeeze"),
              HasSubstr("\"input.fit\" is unknown: \"squeeze\" (known: none, stretch, "
                        "shortest-side-center-crop)"));
}

TEST(Cards, a_choice_that_would_be_ignored_is_refused) {
  EXPECT_THAT(complaint_with(testing::clip_card(), "/input/fit", "none"),
              HasSubstr("\"input.fit\" is none, which ignores the filter in \"resize\""));
  for (const char* old : {"resize", "fit", "width", "height"}) {
    EXPECT_THAT(complaint_with(card_of_steps(Json::array()), std::string("/input/") + old, 9),
                HasSubstr(std::string("\"input.") + old + "\" is next to \"steps\""));
  }
  EXPECT_THAT(complaint_with(testing::encoder_card(), "/normalize", true),
              HasSubstr("\"normalize\" is not supported; put the normalization into the network"));
  Json card = testing::encoder_card();
  card["normalize"] = false;
  EXPECT_EQ(parse_card(card.dump(), "x").feature_dim, 3);
}

TEST(Cards, an_invalid_step_is_named) {
  EXPECT_THAT(complaint_about_steps({{{"size", 9}}}), HasSubstr("no \"resize\", \"crop\" or \"pad\""));
  EXPECT_THAT(complaint_about_steps({{{"crop", "square"}}, {{"resize", "wide"}}}),
              HasSubstr("\"input.steps[1].resize\" is \"wide\", not box or shorter or longer"));
  EXPECT_THAT(complaint_about_steps({{{"resize", "box"}, {"width", 9}, {"filter", "pillow-box"}}}),
              HasSubstr("has no \"input.steps[0].height\""));
  EXPECT_THAT(complaint_about_steps({{{"resize", "shorter"}, {"size", 9}, {"filter", "bicubic"}}}),
              HasSubstr("\"input.steps[0].filter\" is unknown"));
  EXPECT_THAT(complaint_about_steps({{{"crop", "square"}, {"offset", "up"}}}), HasSubstr("steps[0].offset"));
  EXPECT_THAT(complaint_about_steps({{{"pad", "center"}, {"size", 9}, {"value", 256}}}),
              HasSubstr("\"input.steps[0].value\" must be 0 to 255, is 256"));
  EXPECT_THAT(complaint_about_steps({{{"crop", "square"}, {"ofset", "floor"}}}),
              HasSubstr("\"input.steps[0].ofset\" does not belong to a step with \"crop\""));
  EXPECT_THAT(complaint_about_steps(
                  {{{"resize", "shorter"}, {"size", 9}, {"filter", "pillow-box"}, {"crop", "square"}}}),
              HasSubstr("\"input.steps[0].crop\" does not belong"));
  EXPECT_THAT(
      complaint_about_steps({{{"resize", "shorter"}, {"size", 9}, {"height", 9}, {"filter", "pillow-box"}}}),
      HasSubstr("\"input.steps[0].height\" does not belong"));
  EXPECT_THAT(complaint_about_steps({{{"crop", "center"}, {"size", 9}, {"width", 9}}}),
              HasSubstr("\"input.steps[0].width\" does not belong"));
  EXPECT_THAT(complaint_about_steps({3}), HasSubstr("must be a list of objects, has a number"));
  EXPECT_THAT(complaint_about_steps({{{"resize", "box"}, {"size", 9}, {"filter", "tf1-bilinear"}},
                                     {{"resize", "box"}, {"size", 9}, {"filter", "pillow-box"}}}),
              HasSubstr("\"input.steps\" resizes with pillow-box after a resize that returns floats"));
}

TEST(Cards, a_network_that_takes_batches_needs_steps_that_end_with_one_size) {
  Json card = testing::encoder_card();
  card["input"] = card_of_steps({{{"resize", "shorter"}, {"size", 9}, {"filter", "pillow-box"}}})["input"];
  EXPECT_THAT(complaint_about_card(card.dump()), HasSubstr("networks of the kind encoder need"));
}

TEST(Cards, a_classifier_may_have_no_temperature) {
  Json card = testing::inception_card();
  EXPECT_EQ(parse_card(card.dump(), "x").temperature, 0.9);
  card["temperature"] = nullptr;
  EXPECT_EQ(parse_card(card.dump(), "x").temperature, std::nullopt);
  card.erase("temperature");
  EXPECT_EQ(parse_card(card.dump(), "x").temperature, std::nullopt);
}

TEST(Cards, a_detector_card_has_labels_and_synonyms_and_may_take_any_size) {
  Json card = testing::clip_card();
  card.update({{"kind", "detector"}, {"labels", {"person", "dog"}}, {"synonyms", {{"person", {"man"}}}}});
  card["input"].update({{"fit", "none"}, {"resize", "none"}});
  card["input"].erase("width");
  card["input"].erase("height");
  const Card parsed = parse_card(card.dump(), "x");
  EXPECT_EQ(parsed.labels, (std::vector<std::string>{"person", "dog"}));
  EXPECT_EQ(parsed.synonyms.at("person"), std::vector<std::string>{"man"});
  EXPECT_TRUE(parsed.input.steps.empty());
}

TEST(Cards, a_card_from_the_demo_worlds_recipe_is_a_demo) {
  Json card = testing::clip_card();
  card["source"] = {{"recipe", "scripts/shapes"}};
  EXPECT_TRUE(parse_card(card.dump(), "x").demo);
}

TEST(Cards, a_newer_schema_asks_for_a_newer_program) {
  EXPECT_THAT(complaint_with(testing::clip_card(), "/schema", 2), HasSubstr("needs a newer tise-eval"));
}

TEST(Cards, an_unknown_kind_is_named_with_the_known_ones) {
  EXPECT_THAT(complaint_with(testing::clip_card(), "/kind", "oracle"),
              HasSubstr("\"kind\" is \"oracle\", not one of classifier, clip, counter, detector, encoder"));
}

TEST(Cards, a_classifier_may_have_its_old_name) {
  Json card = testing::inception_card();
  EXPECT_EQ(card["kind"], "inception");
  EXPECT_EQ(parse_card(card.dump(), "x").kind->name, "classifier");
  card["kind"] = "classifier";
  EXPECT_EQ(parse_card(card.dump(), "x").kind->name, "classifier");
}

TEST(Cards, text_that_is_not_a_json_object_is_refused) {
  for (const char* text : {"", "{", "[]", "3", "{\"schema\": 1e999}"}) {
    EXPECT_THAT(complaint_about_card(text), HasSubstr("not a JSON object")) << text;
  }
}

TEST(Cards, every_missing_field_is_named) {
  for (const Json& card : {testing::clip_card(), testing::inception_card()}) {
    for (const auto& [field, value] : card.items()) {
      if (field == "temperature" || field == "source") continue;
      Json lacking = card;
      lacking.erase(field);
      EXPECT_THAT(complaint_about_card(lacking.dump()), HasSubstr("has no \"" + field + "\""));
    }
    for (const auto& [field, value] : card["input"].items()) {
      Json lacking = card;
      lacking["input"].erase(field);
      EXPECT_THAT(complaint_about_card(lacking.dump()), HasSubstr("has no \"input." + field + "\""));
    }
  }
}

TEST(Cards, values_of_wrong_types_and_ranges_are_named) {
  const Json clip = testing::clip_card();
  const Json inception = testing::inception_card();
  EXPECT_THAT(complaint_with(clip, "/embed_dim", "512"),
              HasSubstr("\"embed_dim\" must be a whole number, is a string"));
  EXPECT_THAT(complaint_with(clip, "/embed_dim", 0), HasSubstr("\"embed_dim\" must be 1 to 1048576, is 0"));
  EXPECT_THAT(complaint_with(clip, "/context_length", 1), HasSubstr("context_length"));
  EXPECT_THAT(complaint_with(clip, "/logit_scale", -1),
              HasSubstr("\"logit_scale\" must be a number above 0, is -1"));
  EXPECT_THAT(complaint_with(clip, "/name", 3), HasSubstr("\"name\" must be a string, is a number"));
  EXPECT_THAT(complaint_with(clip, "/source", "x"), HasSubstr("\"source\" must be an object, is a string"));
  EXPECT_THAT(complaint_with(clip, "/input", 1), HasSubstr("\"input\" must be an object, is a number"));
  EXPECT_THAT(complaint_with(clip, "/input/width", 4097),
              HasSubstr("\"input.width\" must be 1 to 4096, is 4097"));
  EXPECT_THAT(complaint_with(clip, "/input/height", -1), HasSubstr("input.height"));
  EXPECT_THAT(complaint_with(clip, "/input/resize", "magic"), HasSubstr("\"input.resize\" is unknown"));
  EXPECT_THAT(complaint_with(clip, "/input/mean", {0.5}), HasSubstr("\"input.mean\" has 1 number, not 3"));
  EXPECT_THAT(complaint_with(clip, "/input/std", {1, 0, 1}), HasSubstr("\"input.std\" contains a 0"));
  EXPECT_THAT(complaint_with(clip, "/probe", {{"image", "x"}}),
              HasSubstr("\"probe.image\" must be a list of numbers, is a string"));
  EXPECT_THAT(complaint_with(inception, "/temperature", 0), HasSubstr("\"temperature\""));
}

TEST(Card, that_is_nested_too_deep_is_refused) {
  EXPECT_THAT(complaint_about_card(std::string(200'000, '[') + std::string(200'000, ']')),
              HasSubstr("nested more than 100 deep"));
}

}  // namespace
}  // namespace tise::models
