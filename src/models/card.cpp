#include "tise/models/card.h"

#include <algorithm>

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
/// The `source` of archives made by the scripts that train the demo models begins with this.
constexpr std::string_view kDemoRecipe = "scripts/shapes";

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
    fields.fail(
        concat("schema ", schema, " needs a newer tise-eval (this version reads schema ", kSchema, ")"));
  }
}

}  // namespace

void read_labels(const OrderedFields& fields, Card& card) {
  /// Cards list gaps in a network's numbering as `N/A`.
  const auto is_class = [](const std::string& label) { return !label.empty() && label != "N/A"; };
  const OrderedField labels = fields.at("labels");
  card.labels = labels.texts();
  if (std::ranges::none_of(card.labels, is_class)) labels.fail("contains no class names");
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
  card.input = read_input(fields.at("input").object());
  if (card.kind->takes == Takes::kBatch && !image::fixed_size(card.input.steps))
    fields.at("input").fail(concat("does not give all images one size, which networks of the kind ",
                                   card.kind->name,
                                   " need; end its steps with a resize to a box, a crop or a pad"));
  card.kind->read_card(fields, card);
  if (const auto field = fields.find("probe")) {
    const OrderedFields probe = field->object();
    for (const OrderedField& output : probe.all()) card.probe[std::string(output.name())] = output.numbers();
  }
  return card;
}

}  // namespace tise::models
