// `{"image id": {"prompt": "…", "category": "…"}}`: MJHQ-30K's meta_data.json.

#include <algorithm>

#include "../forms.h"
#include "tise/base/utf8.h"

namespace tise::data {
namespace {

bool is_map_of_objects(const Content& content) {
  if (content.object() == nullptr || content.object()->keys.empty()) return false;
  return std::ranges::all_of(content.object()->root,
                             [](const nlohmann::json& value) { return value.is_object(); });
}

void read_map_of_objects(const Content& content, const TakeRecord& take) {
  if (content.object() == nullptr) fail(content.source(), "must be a JSON object of objects");
  for (const std::string& key : content.object()->keys) {
    nlohmann::json record = content.object()->root.at(key);
    const auto is_image = [](const auto& item) {
      return kImageNames.has(item.key()) && !item.value().is_null();
    };
    if (record.is_object() && std::ranges::none_of(record.items(), is_image)) record[kImage] = key;
    take("key " + excerpt(key, 80), record);
  }
}

}  // namespace

constinit const Form kMapOfObjects{.name = "objects",
                                   .title = "JSON map of objects",
                                   .what = R"({"image id": {"prompt": "…", "category": "…"}})",
                                   .fits = &is_map_of_objects,
                                   .read = &read_map_of_objects,
                                   .has_fields = true};

}  // namespace tise::data
