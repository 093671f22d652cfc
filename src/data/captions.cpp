#include "tise/data/captions.h"

#include "records.h"
#include "tise/base/utf8.h"
#include "tise/data/source.h"

namespace tise::data {
namespace {

std::vector<Item> items_of(const std::vector<CocoImage>& images) {
  std::vector<Item> items;
  for (const CocoImage& image : images) {
    if (image.captions.empty()) continue;
    Item& item = items.emplace_back();
    item.image = image.file_name;
    item.caption = image.captions.front();
    item.references.assign(image.captions.begin() + 1, image.captions.end());
    item.where = image.where;
  }
  return items;
}

/// {"image id": "caption"}.
std::vector<Item> read_map(const Source& source, const Document& document) {
  std::vector<Item> items;
  items.reserve(document.keys.size());
  for (const std::string& key : document.keys) {
    const nlohmann::json& caption = document.root.at(key);
    const std::string where = "key " + excerpt(key, 80);
    if (key.empty()) fail(source, where, "an image id can't be empty");
    if (caption.is_array()) {
      fail(source, where, "the caption must be a string, is a list (references go to --references)");
    }
    if (!caption.is_string())
      fail(source, where, "the caption must be a string, is " + type_in_words(caption));
    Item& item = items.emplace_back();
    item.image = key;
    item.caption = caption.get<std::string>();
    item.where = where;
  }
  return items;
}

}  // namespace

Captions read_captions(const std::filesystem::path& path) {
  const Source source = read_source(path, "captions");
  Captions captions{.role = source.role, .path = path, .format = {}, .sha256 = source.sha256, .items = {}};
  std::map<std::string, UnknownField> unknown;
  const auto take = [&](const std::string& where, const nlohmann::json& record) {
    captions.items.push_back(read_item(source, where, record));
    note_unknown(unknown, record);
  };
  captions.format = for_each_record(source, kCaptionNames, take, [&](const Document& document) {
    const bool coco = is_coco(document);
    captions.items = coco ? items_of(read_coco(source, document)) : read_map(source, document);
    return coco ? "coco" : "map";
  });
  if (captions.items.empty()) fail(source, "has no captions");
  for (auto& [name, field] : unknown) captions.unknown_fields.push_back(std::move(field));
  return captions;
}

}  // namespace tise::data
