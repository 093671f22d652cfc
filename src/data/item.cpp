#include <algorithm>
#include <cmath>
#include <cstdint>

#include "records.h"
#include "tise/base/concat.h"
#include "tise/base/json.h"
#include "tise/base/json_text.h"
#include "tise/base/names.h"
#include "tise/base/utf8.h"

namespace tise::data {
namespace {

constexpr std::array<FieldNames, 11> kFields{
    kImageNames,  kCaptionNames, kIdNames,          kReferencesNames, kOppositeNames, kPositionNames,
    kCountsNames, kObjectsNames, kDistractorsNames, kClusterNames,    kMetricsNames};

/// Whether a key is one of the names with a slip of the keyboard: one for each four letters, at most two.
bool is_nearly(std::string_view key, FieldNames names) {
  constexpr std::size_t kMostSlips = 2;
  std::string lower(key);
  std::ranges::transform(lower, lower.begin(), lower_case);
  return std::ranges::any_of(names, [&](std::string_view name) {
    return edit_distance(lower, name) <= std::min((name.size() + 1) / 4, kMostSlips);
  });
}

bool is_one_of_ours(std::string_view key) {
  return std::ranges::any_of(kFields, [&](FieldNames names) { return is_one_of(key, names); });
}

bool has_one_of(const nlohmann::json& object, FieldNames names) {
  return std::ranges::any_of(names, [&](std::string_view name) {
    const auto found = object.find(name);
    return found != object.end() && !found->is_null();
  });
}

/// The field that an unknown key may be meant to be: one that the object lacks.
std::string meant_by(std::string_view key, const nlohmann::json& object) {
  for (const FieldNames names : kFields) {
    if (is_nearly(key, names) && !has_one_of(object, names)) return std::string(names.front());
  }
  return "";
}

/// For a message on a field that is missing: `; is "captoin" meant to be it?`
std::string near_miss(const nlohmann::json& object, FieldNames names) {
  for (const auto& [key, value] : object.items()) {
    if (!is_one_of_ours(key) && is_nearly(key, names)) return "; is \"" + key + "\" meant to be it?";
  }
  return "";
}

/// Numbers from 0 up by label.
std::map<std::string, double> amounts(const Field& field) {
  constexpr double kMost = 1e6;
  std::map<std::string, double> amounts;
  const Fields labels = field.object("an object of numbers");
  for (const Field& label : labels.all()) {
    const double amount = label.number();
    if (amount < 0) label.fail("must be 0 or more, is " + json_text(label.json()));
    if (amount > kMost) label.fail("must be at most a million, is " + json_text(label.json()));
    amounts.emplace(label.name(), amount);
  }
  return amounts;
}

/// Whole numbers without a decimal point.
nlohmann::ordered_json counts_json(const std::map<std::string, double>& counts) {
  constexpr double kExact = 1e15;
  using Json = nlohmann::ordered_json;
  Json json = Json::object();
  for (const auto& [label, number] : counts) {
    const bool whole = number == std::floor(number) && std::abs(number) < kExact;
    json[label] = whole ? Json(static_cast<std::int64_t>(number)) : Json(number);
  }
  return json;
}

}  // namespace

Fields item_fields(const Source& source, const std::string& where, const nlohmann::json& object) {
  return {object, [&source, where, &object](const std::string& why) {
            for (const std::string_view name : kCaptionNames) {
              if (!object.is_object()) break;
              const auto caption = object.find(name);
              if (caption == object.end() || !caption->is_string()) continue;
              fail(source, concat(where, " (", excerpt(caption->get_ref<const std::string&>()), ")"), why);
            }
            fail(source, where, why);
          }};
}

bool is_one_of(std::string_view name, FieldNames names) {
  return std::ranges::find(names, name) != names.end();
}

Item read_item(const Source& source, const std::string& where, const nlohmann::json& object) {
  const Fields fields = item_fields(source, where, object);
  const auto image = fields.get(kImageNames, &Field::label);
  const auto caption = fields.get(kCaptionNames, &Field::text);
  if (!image) fields.fail("has no image (" + choice_of(kImageNames) + ")" + near_miss(object, kImageNames));
  if (image->empty()) fields.fail("its image is an empty string");
  if (!caption)
    fields.fail("has no caption (" + choice_of(kCaptionNames) + ")" + near_miss(object, kCaptionNames));

  Item item;
  item.id = fields.get(kIdNames, &Field::label).value_or("");
  item.image = *image;
  item.caption = *caption;
  item.references = fields.get(kReferencesNames, &Field::texts).value_or(std::vector<std::string>());
  item.opposite = fields.get(kOppositeNames, &Field::text);
  item.position = fields.get(kPositionNames, &Field::text);
  item.counts = fields.get(kCountsNames, &amounts);
  item.objects = fields.get(kObjectsNames, &Field::texts);
  item.distractors = fields.get(kDistractorsNames, &Field::texts).value_or(std::vector<std::string>());
  item.cluster = fields.get(kClusterNames, &Field::label);
  item.metrics = fields.get(kMetricsNames, &Field::texts);
  item.where = where;
  return item;
}

void note_unknown(std::map<std::string, UnknownField>& unknown, const nlohmann::json& object) {
  for (const auto& [key, value] : object.items()) {
    if (value.is_null() || is_one_of_ours(key)) continue;
    UnknownField& field = unknown[key];
    field.name = key;
    ++field.items;
    if (field.meant.empty()) field.meant = meant_by(key, object);
  }
}

std::string json_line(const Item& item, std::string_view image) {
  nlohmann::ordered_json json;
  if (!item.id.empty()) json["id"] = item.id;
  json["image"] = image;
  json["caption"] = item.caption;
  if (item.position) json["position"] = *item.position;
  if (item.opposite) json["opposite"] = *item.opposite;
  if (item.counts) json["counts"] = counts_json(*item.counts);
  if (item.objects) json["objects"] = *item.objects;
  if (!item.references.empty()) json["references"] = item.references;
  if (!item.distractors.empty()) json["distractors"] = item.distractors;
  if (item.cluster) json["cluster"] = *item.cluster;
  if (item.metrics) json["metrics"] = *item.metrics;
  return json_text(json);
}

Item read_json_line(std::string_view line, const std::filesystem::path& file) {
  const Source source{"stored captions", file, {}, {}};
  try {
    const auto object = json_or_discarded(line);
    if (!object.is_object()) fail(source, "an item that is not a JSON object");
    return read_item(source, "an item", object);
  } catch (const NestedTooDeep& error) {
    fail(source, "an item", error.what());
  }
}

}  // namespace tise::data
