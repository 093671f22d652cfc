#include <algorithm>
#include <cmath>
#include <cstdint>

#include "records.h"
#include "tise/base/json.h"
#include "tise/base/json_text.h"
#include "tise/base/names.h"

namespace tise::data {
namespace {

constexpr std::array<Names, 11> kFields{kImageNames,       kCaptionNames,  kIdNames,     kReferencesNames,
                                        kOppositeNames,    kPositionNames, kCountsNames, kObjectsNames,
                                        kDistractorsNames, kClusterNames,  kMetricsNames};

/// Whether a key is one of the names with a slip of the keyboard: one for each four letters, at most two.
bool is_nearly(std::string_view key, Names names) {
  constexpr std::size_t kMostSlips = 2;
  std::string lower(key);
  std::ranges::transform(lower, lower.begin(), lower_case);
  return std::ranges::any_of(names, [&](std::string_view name) {
    return edit_distance(lower, name) <= std::min((name.size() + 1) / 4, kMostSlips);
  });
}

bool is_one_of_ours(std::string_view key) {
  return std::ranges::any_of(kFields, [&](Names names) { return is_one_of(key, names); });
}

bool has_one_of(const nlohmann::json& object, Names names) {
  return std::ranges::any_of(names, [&](std::string_view name) {
    const auto found = object.find(name);
    return found != object.end() && !found->is_null();
  });
}

/// The field that an unknown key may be meant to be: one that the object lacks.
std::string meant_by(std::string_view key, const nlohmann::json& object) {
  for (const Names names : kFields) {
    if (is_nearly(key, names) && !has_one_of(object, names)) return std::string(names.front());
  }
  return "";
}

/// For a message on a field that is missing: `; is "captoin" meant to be it?`
std::string near_miss(const nlohmann::json& object, Names names) {
  for (const auto& [key, value] : object.items()) {
    if (!is_one_of_ours(key) && is_nearly(key, names)) return "; is \"" + key + "\" meant to be it?";
  }
  return "";
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

Item read_item(const Source& source, const std::string& where, const nlohmann::json& object) {
  const Fields fields(source, where, object);
  const auto image = fields.label(kImageNames);
  const auto caption = fields.text(kCaptionNames);
  if (!image) fields.fail("has no image (" + listed(kImageNames) + ")" + near_miss(object, kImageNames));
  if (image->empty()) fields.fail("its image is an empty string");
  if (!caption)
    fields.fail("has no caption (" + listed(kCaptionNames) + ")" + near_miss(object, kCaptionNames));

  Item item;
  item.id = fields.label(kIdNames).value_or("");
  item.image = *image;
  item.caption = *caption;
  item.references = fields.texts(kReferencesNames).value_or(std::vector<std::string>());
  item.opposite = fields.text(kOppositeNames);
  item.position = fields.text(kPositionNames);
  item.counts = fields.amounts(kCountsNames);
  item.objects = fields.texts(kObjectsNames);
  item.distractors = fields.texts(kDistractorsNames).value_or(std::vector<std::string>());
  item.cluster = fields.label(kClusterNames);
  item.metrics = fields.texts(kMetricsNames);
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
