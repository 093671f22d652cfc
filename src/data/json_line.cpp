#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "item.h"
#include "tise/base/json.h"
#include "tise/base/json_text.h"
#include "tise/data/captions.h"
#include "tise/data/source.h"

namespace tise::data {
namespace {

using Json = nlohmann::ordered_json;

/// Whole numbers without a decimal point.
Json counts_json(const std::map<std::string, double>& counts) {
  constexpr double kExact = 1e15;
  Json json = Json::object();
  for (const auto& [label, number] : counts) {
    const bool whole = number == std::floor(number) && std::abs(number) < kExact;
    json[label] = whole ? Json(static_cast<std::int64_t>(number)) : Json(number);
  }
  return json;
}

}  // namespace

std::string json_line(const Item& item, std::string_view image) {
  Json json;
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
