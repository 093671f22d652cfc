#include "tise/models/card.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "card_fields.h"
#include "tise/base/concat.h"
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
auto parse_word(const OrderedField& field, Parse parse) {
  try {
    return parse(field.text());
  } catch (const std::invalid_argument& error) {
    field.fail(std::string("is unknown: ") + error.what());
  }
}

std::array<float, 3> three_channels(const OrderedField& field) {
  const std::vector<double> values = field.numbers();
  if (values.size() != 3) field.fail("has " + counted(values.size(), "number") + ", not 3");
  return {static_cast<float>(values[0]), static_cast<float>(values[1]), static_cast<float>(values[2])};
}

/// Throws where `image::prepare` couldn't do what the card asks for.
void check_together(const OrderedFields& fields, const image::Preparation& input) {
  using image::Fit;
  using image::Resize;
  const bool crops = input.fit == Fit::kShortestSideCenterCrop;
  if (crops && input.width != input.height)
    fields.at("fit").fail("is shortest-side-center-crop, which makes squares only");
  if (crops && (input.resize == Resize::kTf1Bilinear || input.resize == Resize::kTorchBilinear)) {
    fields.at("resize").fail("is " + image::to_string(input.resize) +
                             ", which goes with the fits stretch and none only");
  }
  if (input.resize == Resize::kNone && input.fit != Fit::kNone) {
    fields.at("resize").fail("is none, which goes with the fit none only");
  }
}

image::Preparation parse_input(const OrderedFields& fields) {
  const auto side = [](const OrderedField& field) { return field.integer(1, kLargestSide); };
  image::Preparation input;
  input.resize = parse_word(fields.at("resize"), image::parse_resize);
  input.fit = parse_word(fields.at("fit"), image::parse_fit);
  input.range = parse_word(fields.at("range"), image::parse_range);
  const bool any_size = input.fit == image::Fit::kNone;
  input.width = any_size ? fields.get("width", side).value_or(0) : side(fields.at("width"));
  input.height = any_size ? fields.get("height", side).value_or(0) : side(fields.at("height"));
  input.mean = three_channels(fields.at("mean"));
  input.std = three_channels(fields.at("std"));
  if (std::ranges::count(input.std, 0.0F) > 0) fields.at("std").fail("has a 0");
  check_together(fields, input);
  return input;
}

const Kind* parse_kind(const OrderedField& field) {
  const std::string word = field.text();
  const Kind* const kind = find_kind(word);
  if (kind != nullptr) return kind;
  field.fail("is \"" + word + "\", not one of " + joined(mapped(kinds(), &Kind::name)));
}

bool is_demo(const Json& source) {
  const auto recipe = source.find("recipe");
  return recipe != source.end() && recipe->is_string() &&
         recipe->get_ref<const std::string&>().starts_with(kDemoRecipe);
}

void check_schema(const OrderedFields& fields) {
  const int schema = dimension(fields, "schema");
  if (schema > kSchema) {
    fields.fail(concat("schema ", schema, " needs a newer tise-eval (this one reads ", kSchema, ")"));
  }
}

}  // namespace

void read_labels(const OrderedFields& fields, Card& card) {
  /// Gaps in a network's numbering stand as `N/A`.
  const auto is_class = [](const std::string& label) { return !label.empty() && label != "N/A"; };
  const OrderedField labels = fields.at("labels");
  card.labels = labels.texts();
  if (std::ranges::none_of(card.labels, is_class)) labels.fail("has no class");
  const auto field = fields.find("synonyms");
  if (!field) return;
  const OrderedFields synonyms = field->object();
  for (const OrderedField& label : synonyms.all()) card.synonyms[std::string(label.name())] = label.texts();
}

Card parse_card(std::string_view json, const std::string& where) {
  Card card;
  try {
    card.json = json_or_discarded<Json>(json);
  } catch (const NestedTooDeep& error) {
    throw ModelError(where + ": " + error.what());
  }
  if (!card.json.is_object()) throw ModelError(where + ": not a JSON object");
  const OrderedFields fields(card.json,
                             [&](const std::string& why) { throw ModelError(where + ": " + why); });
  check_schema(fields);
  card.kind = parse_kind(fields.at("kind"));
  card.name = fields.at("name").text();
  if (card.name.empty()) fields.at("name").fail("is empty");
  if (const auto source = fields.find("source")) card.source = source->object().json();
  card.demo = is_demo(card.source);
  card.input = parse_input(fields.at("input").object());
  card.kind->read_card(fields, card);
  if (const auto field = fields.find("probe")) {
    const OrderedFields probe = field->object();
    for (const OrderedField& output : probe.all()) card.probe[std::string(output.name())] = output.numbers();
  }
  return card;
}

}  // namespace tise::models
