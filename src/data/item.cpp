#include "item.h"

#include "fields.h"

namespace tise::data {

Item read_item(const Source& source, const std::string& where, const nlohmann::json& object) {
  const Fields fields(source, where, object);
  const auto image = fields.label(kImageNames);
  const auto caption = fields.text(kCaptionNames);
  if (!image) fields.fail("has no image (" + listed(kImageNames) + ")");
  if (image->empty()) fields.fail("its image is an empty string");
  if (!caption) fields.fail("has no caption (" + listed(kCaptionNames) + ")");

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

}  // namespace tise::data
