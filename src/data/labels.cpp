#include "tise/data/labels.h"

#include <array>

#include "records.h"

namespace tise::data {
namespace {

constexpr std::array<std::string_view, 2> kLabelNames{"label", "class"};

Item labelled(const Source& source, const std::string& where, const nlohmann::json& record) {
  const Fields fields = item_fields(source, where, record);
  const auto image = fields.get(kImageNames, &Field::label);
  const auto label = fields.get(kLabelNames, &Field::label);
  if (!image || image->empty()) fields.fail("has no image (" + choice_of(kImageNames) + ")");
  if (!label) fields.fail("has no label (" + choice_of(kLabelNames) + ")");
  Item item;
  item.image = *image;
  item.caption = *label;
  item.where = where;
  return item;
}

}  // namespace

Captions read_labels(const std::filesystem::path& path) {
  const Source source = read_source(path, "labels");
  Captions labels{.role = source.role, .path = path, .format = {}, .sha256 = source.sha256, .items = {}};
  const auto take = [&](const std::string& where, const nlohmann::json& record) {
    labels.items.push_back(labelled(source, where, record));
  };
  labels.format = for_each_record(source, kLabelNames, take, [&](const Document& document) {
    for (const std::string& key : document.keys) {
      const nlohmann::json record{{kImageNames[0], key}, {kLabelNames[0], document.root.at(key)}};
      take("image \"" + key + "\"", record);
    }
    return "map";
  });
  if (labels.items.empty()) fail(source, "has no labels");
  return labels;
}

}  // namespace tise::data
