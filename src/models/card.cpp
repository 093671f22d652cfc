#include "tise/models/card.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "tise/base/error.h"
#include "tise/base/json.h"
#include "tise/base/json_text.h"
#include "tise/base/names.h"

namespace tise::models {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchema = 1;
constexpr int kLargestSide = 4096;
constexpr int kLargestDimension = 1 << 20;
/// What the scripts that train the demo world write as their archives' source.
constexpr std::string_view kDemoRecipe = "scripts/shapes";

/// Reads the fields of one JSON object; whatever is wrong with one is a ModelError that names it.
class Fields {
 public:
  Fields(const Json& object, std::string where, std::string prefix = "")
      : object_(object), where_(std::move(where)), prefix_(std::move(prefix)) {}

  [[noreturn]] void fail(const std::string& field, const std::string& why) const {
    throw ModelError(where_ + ": \"" + prefix_ + field + "\" " + why);
  }

  /// The field's value, or null where it is absent or null.
  const Json* find(const std::string& field) const {
    const auto found = object_.find(field);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }

  const Json& at(const std::string& field) const {
    const Json* value = find(field);
    if (value == nullptr) fail(field, "is missing");
    return *value;
  }

  std::string text(const std::string& field) const {
    const Json& value = at(field);
    if (!value.is_string() || value.get_ref<const std::string&>().empty()) fail(field, "is not a text");
    return value.get<std::string>();
  }

  int integer(const std::string& field, int least, int most) const {
    const Json& value = at(field);
    if (!value.is_number_integer()) fail(field, "is not a whole number");
    const auto number = value.get<std::int64_t>();
    if (number < least || number > most) {
      fail(field,
           "is " + json_text(value) + ", not " + std::to_string(least) + " to " + std::to_string(most));
    }
    return static_cast<int>(number);
  }

  double positive(const std::string& field) const {
    const Json& value = at(field);
    if (!value.is_number() || !std::isfinite(value.get<double>()) || value.get<double>() <= 0) {
      fail(field, "is not a number above 0");
    }
    return value.get<double>();
  }

  std::vector<double> numbers(const std::string& field) const {
    std::vector<double> result;
    for (const Json& value : list(field, "numbers")) {
      if (!value.is_number()) fail(field, "is not a list of numbers");
      result.push_back(value.get<double>());
    }
    return result;
  }

  std::vector<std::string> texts(const std::string& field) const {
    std::vector<std::string> result;
    for (const Json& value : list(field, "texts")) {
      if (!value.is_string()) fail(field, "is not a list of texts");
      result.push_back(value.get<std::string>());
    }
    return result;
  }

  /// The fields of an object within this one.
  Fields object(const std::string& field) const {
    const Json& value = at(field);
    if (!value.is_object()) fail(field, "is not an object");
    return {value, where_, prefix_ + field + "."};
  }

  const Json& json() const { return object_; }

 private:
  const Json& list(const std::string& field, const std::string& of_what) const {
    const Json& value = at(field);
    if (!value.is_array()) fail(field, "is not a list of " + of_what);
    return value;
  }

  const Json& object_;
  std::string where_;
  std::string prefix_;
};

/// A word that one of the image room's parsers knows.
template <typename Parse>
auto parse_word(const Fields& fields, const std::string& field, Parse parse) {
  const std::string word = fields.text(field);
  try {
    return parse(word);
  } catch (const std::invalid_argument& error) {
    fields.fail(field, std::string("is unknown: ") + error.what());
  }
}

std::array<float, 3> three_channels(const Fields& fields, const std::string& field) {
  const std::vector<double> values = fields.numbers(field);
  if (values.size() != 3) fields.fail(field, "has " + counted(values.size(), "number") + ", not 3");
  return {static_cast<float>(values[0]), static_cast<float>(values[1]), static_cast<float>(values[2])};
}

/// Throws where `image::prepare` couldn't do what the card asks for.
void check_together(const Fields& fields, const image::Preparation& input) {
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

image::Preparation parse_input(const Fields& fields) {
  image::Preparation input;
  input.resize = parse_word(fields, "resize", image::parse_resize);
  input.fit = parse_word(fields, "fit", image::parse_fit);
  input.range = parse_word(fields, "range", image::parse_range);
  const bool any_size = input.fit == image::Fit::kNone;
  if (!any_size || fields.find("width") != nullptr) input.width = fields.integer("width", 1, kLargestSide);
  if (!any_size || fields.find("height") != nullptr) input.height = fields.integer("height", 1, kLargestSide);
  input.mean = three_channels(fields, "mean");
  input.std = three_channels(fields, "std");
  for (const float std : input.std) {
    if (std == 0) fields.fail("std", "has a 0");
  }
  check_together(fields, input);
  return input;
}

Kind parse_kind(const Fields& fields) {
  const std::string word = fields.text("kind");
  for (const Kind kind : {Kind::kClip, Kind::kInception, Kind::kDetector, Kind::kCounter}) {
    if (word == to_string(kind)) return kind;
  }
  fields.fail("kind", "is \"" + word + "\", not clip, inception, detector or counter");
}

/// Gaps in a network's numbering stand as `N/A`.
bool is_class(const std::string& label) { return !label.empty() && label != "N/A"; }

void parse_kinds_fields(const Fields& fields, Card& card) {
  switch (card.kind) {
    case Kind::kClip:
      card.embed_dim = fields.integer("embed_dim", 1, kLargestDimension);
      card.context_length = fields.integer("context_length", 2, kLargestDimension);
      card.logit_scale = fields.positive("logit_scale");
      break;
    case Kind::kInception:
      card.feature_dim = fields.integer("feature_dim", 1, kLargestDimension);
      card.classes = fields.integer("classes", 1, kLargestDimension);
      if (fields.find("temperature") != nullptr) card.temperature = fields.positive("temperature");
      break;
    case Kind::kDetector:
    case Kind::kCounter:
      card.labels = fields.texts("labels");
      if (std::none_of(card.labels.begin(), card.labels.end(), is_class))
        fields.fail("labels", "has no class");
      if (fields.find("synonyms") == nullptr) break;
      const Fields synonyms = fields.object("synonyms");
      for (const auto& [label, words] : synonyms.json().items()) card.synonyms[label] = synonyms.texts(label);
      break;
  }
}

bool is_demo(const Json& source) {
  const auto recipe = source.find("recipe");
  return recipe != source.end() && recipe->is_string() &&
         recipe->get_ref<const std::string&>().starts_with(kDemoRecipe);
}

void check_schema(const Fields& fields, const std::string& where) {
  const int schema = fields.integer("schema", 1, kLargestDimension);
  if (schema > kSchema) {
    throw ModelError(where + ": schema " + std::to_string(schema) +
                     " needs a newer tise-eval (this one reads " + std::to_string(kSchema) + ")");
  }
}

}  // namespace

std::string to_string(Kind kind) {
  switch (kind) {
    case Kind::kClip:
      return "clip";
    case Kind::kInception:
      return "inception";
    case Kind::kDetector:
      return "detector";
    case Kind::kCounter:
      return "counter";
  }
  throw std::logic_error("a kind without a name");
}

Card parse_card(std::string_view json, const std::string& where) {
  Card card;
  try {
    card.json = json_or_discarded<Json>(json);
  } catch (const NestedTooDeep& error) {
    throw ModelError(where + ": " + error.what());
  }
  if (!card.json.is_object()) throw ModelError(where + ": not a JSON object");
  const Fields fields(card.json, where);
  check_schema(fields, where);
  card.kind = parse_kind(fields);
  card.name = fields.text("name");
  if (fields.find("source") != nullptr) card.source = fields.object("source").json();
  card.demo = is_demo(card.source);
  card.input = parse_input(fields.object("input"));
  parse_kinds_fields(fields, card);
  if (fields.find("probe") != nullptr) {
    const Fields probe = fields.object("probe");
    for (const auto& [output, values] : probe.json().items()) card.probe[output] = probe.numbers(output);
  }
  return card;
}

}  // namespace tise::models
