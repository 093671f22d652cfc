#include "tise/models/card.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "card_fields.h"
#include "tise/base/error.h"
#include "tise/base/json.h"
#include "tise/base/mapped.h"
#include "tise/base/names.h"
#include "tise/models/kind.h"

namespace tise::models {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchema = 1;
constexpr int kLargestSide = 4096;
/// What the scripts that train the demo world write as their archives' source.
constexpr std::string_view kDemoRecipe = "scripts/shapes";

/// A word that one of the image room's parsers knows.
template <typename Parse>
auto parse_word(const CardFields& fields, const std::string& field, Parse parse) {
  const std::string word = fields.text(field);
  try {
    return parse(word);
  } catch (const std::invalid_argument& error) {
    fields.fail(field, std::string("is unknown: ") + error.what());
  }
}

std::array<float, 3> three_channels(const CardFields& fields, const std::string& field) {
  const std::vector<double> values = fields.numbers(field);
  if (values.size() != 3) fields.fail(field, "has " + counted(values.size(), "number") + ", not 3");
  return {static_cast<float>(values[0]), static_cast<float>(values[1]), static_cast<float>(values[2])};
}

/// Throws where `image::prepare` couldn't do what the card asks for.
void check_together(const CardFields& fields, const image::Preparation& input) {
  using image::Fit;
  using image::Resize;
  const bool crops = input.fit == Fit::kShortestSideCenterCrop;
  if (crops && input.width != input.height)
    fields.fail("fit", "is shortest-side-center-crop, which makes squares only");
  if (crops && (input.resize == Resize::kTf1Bilinear || input.resize == Resize::kTorchBilinear)) {
    fields.fail("resize",
                "is " + image::to_string(input.resize) + ", which goes with the fits stretch and none only");
  }
  if (input.resize == Resize::kNone && input.fit != Fit::kNone) {
    fields.fail("resize", "is none, which goes with the fit none only");
  }
}

image::Preparation parse_input(const CardFields& fields) {
  image::Preparation input;
  input.resize = parse_word(fields, "resize", image::parse_resize);
  input.fit = parse_word(fields, "fit", image::parse_fit);
  input.range = parse_word(fields, "range", image::parse_range);
  const bool any_size = input.fit == image::Fit::kNone;
  if (!any_size || fields.find("width") != nullptr) input.width = fields.integer("width", 1, kLargestSide);
  if (!any_size || fields.find("height") != nullptr) input.height = fields.integer("height", 1, kLargestSide);
  input.mean = three_channels(fields, "mean");
  input.std = three_channels(fields, "std");
  if (std::ranges::count(input.std, 0.0F) > 0) fields.fail("std", "has a 0");
  check_together(fields, input);
  return input;
}

const Kind* parse_kind(const CardFields& fields) {
  const std::string word = fields.text("kind");
  const Kind* const kind = find_kind(word);
  if (kind != nullptr) return kind;
  fields.fail("kind", "is \"" + word + "\", not one of " + joined(mapped(kinds(), &Kind::name)));
}

bool is_demo(const Json& source) {
  const auto recipe = source.find("recipe");
  return recipe != source.end() && recipe->is_string() &&
         recipe->get_ref<const std::string&>().starts_with(kDemoRecipe);
}

void check_schema(const CardFields& fields, const std::string& where) {
  const int schema = fields.dimension("schema");
  if (schema > kSchema) {
    throw ModelError(where + ": schema " + std::to_string(schema) +
                     " needs a newer tise-eval (this one reads " + std::to_string(kSchema) + ")");
  }
}

}  // namespace

void read_labels(const CardFields& fields, Card& card) {
  /// Gaps in a network's numbering stand as `N/A`.
  const auto is_class = [](const std::string& label) { return !label.empty() && label != "N/A"; };
  card.labels = fields.texts("labels");
  if (std::ranges::none_of(card.labels, is_class)) fields.fail("labels", "has no class");
  if (fields.find("synonyms") == nullptr) return;
  const CardFields synonyms = fields.object("synonyms");
  for (const auto& [label, words] : synonyms.json().items()) card.synonyms[label] = synonyms.texts(label);
}

Card parse_card(std::string_view json, const std::string& where) {
  Card card;
  try {
    card.json = json_or_discarded<Json>(json);
  } catch (const NestedTooDeep& error) {
    throw ModelError(where + ": " + error.what());
  }
  if (!card.json.is_object()) throw ModelError(where + ": not a JSON object");
  const CardFields fields(card.json, where);
  check_schema(fields, where);
  card.kind = parse_kind(fields);
  card.name = fields.text("name");
  if (fields.find("source") != nullptr) card.source = fields.object("source").json();
  card.demo = is_demo(card.source);
  card.input = parse_input(fields.object("input"));
  card.kind->read_card(fields, card);
  if (fields.find("probe") != nullptr) {
    const CardFields probe = fields.object("probe");
    for (const auto& [output, values] : probe.json().items()) card.probe[output] = probe.numbers(output);
  }
  return card;
}

}  // namespace tise::models
