// COCO captions: {"images": [{"id": 9, "file_name": "…"}], "annotations": [{"image_id": 9, "caption": "…"}]}.

#include <unordered_map>

#include "../forms.h"
#include "tise/base/names.h"

namespace tise::data {
namespace {

const nlohmann::json& list_of(const Source& source, const Document& document, const std::string& key) {
  const auto list = document.root.find(key);
  if (list == document.root.end()) fail(source, "looks like COCO captions but has no \"" + key + "\"");
  if (!list->is_array()) fail(source, "\"" + key + "\" must be a list, is " + type_in_words(*list));
  return *list;
}

/// An image's first caption is the caption, the rest are references.
void read_coco_captions(const Content& content, const TakeRecord& take) {
  if (content.object() == nullptr) fail(content.source(), "must be a JSON object");
  for (CocoImage& image : read_coco(content.source(), *content.object())) {
    if (image.captions.empty()) continue;
    take(image.where,
         {{kImage, image.file_name}, {"image_id", image.id}, {content.value_name(), image.captions}});
  }
}

}  // namespace

bool is_coco(const Document& document) {
  if (!document.root.is_object()) return false;
  const auto has_list = [&](const char* key) {
    const auto list = document.root.find(key);
    return list != document.root.end() && list->is_array();
  };
  return has_list("annotations") || has_list("images");
}

std::vector<CocoImage> read_coco(const Source& source, const Document& document) {
  std::vector<CocoImage> images;
  std::unordered_map<std::string, std::size_t> by_id;
  for (const nlohmann::json& object : list_of(source, document, "images")) {
    const Fields fields = item_fields(source, "image " + std::to_string(images.size() + 1), object);
    const std::string id = fields.at("id").label();
    if (!by_id.emplace(id, images.size()).second) fields.fail("duplicate \"id\" " + id);
    images.push_back(
        {.id = id, .file_name = fields.at("file_name").text(), .captions = {}, .where = "image id " + id});
  }
  std::size_t number = 0;
  for (const nlohmann::json& object : list_of(source, document, "annotations")) {
    const Fields fields = item_fields(source, "annotation " + std::to_string(++number), object);
    const std::string id = fields.at("image_id").label();
    const std::size_t* image = find_in(by_id, id);
    if (image == nullptr) fields.fail("\"image_id\" " + id + " is not among the images");
    images[*image].captions.push_back(fields.at("caption").text());
  }
  return images;
}

constinit const Form kCoco{
    .name = "coco",
    .title = "COCO captions",
    .what = R"({"images": [{"id": 9, "file_name": "…"}], "annotations": [{"image_id": 9, "caption": "…"}]})",
    .fits = [](const Content& content) { return content.object() != nullptr && is_coco(*content.object()); },
    .read = &read_coco_captions};

}  // namespace tise::data
