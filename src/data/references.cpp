#include <vector>

#include "name_index.h"
#include "records.h"
#include "tise/base/utf8.h"
#include "tise/data/captions.h"

namespace tise::data {
namespace {

struct References {
  std::string image;
  std::vector<std::string> captions;
};

std::vector<References> read_reference_map(const Source& source, const Document& document) {
  std::vector<References> all;
  for (const std::string& key : document.keys) {
    const nlohmann::json& captions = document.root.at(key);
    const std::string where = "key " + excerpt(key, 80);
    if (!captions.is_array()) fail(source, where, "must be a list of strings, is " + type_in_words(captions));
    References& references = all.emplace_back(References{.image = key, .captions = {}});
    for (const nlohmann::json& caption : captions) {
      if (!caption.is_string())
        fail(source, where, "must be a list of strings, has " + type_in_words(caption));
      references.captions.push_back(caption.get<std::string>());
    }
  }
  return all;
}

std::vector<References> read_references(const Source& source) {
  const Document document = parse_json(source, source.text);
  if (!document.root.is_object()) {
    fail(source, R"(must be {"image id": ["…"]} or COCO captions, is )" + type_in_words(document.root));
  }
  if (!is_coco(document)) return read_reference_map(source, document);
  std::vector<References> all;
  for (CocoImage& image : read_coco(source, document)) {
    all.push_back({std::move(image.file_name), std::move(image.captions)});
  }
  return all;
}

}  // namespace

AddedReferences add_references(Captions& captions, const std::filesystem::path& path) {
  const Source source = read_source(path, "references");
  const std::vector<References> all = read_references(source);
  if (all.empty()) fail(source, "has no references");

  std::vector<std::string> images;
  images.reserve(all.size());
  for (const References& references : all) images.push_back(references.image);
  const NameIndex index(images);
  std::vector<bool> used(all.size());
  std::size_t unused = all.size();
  for (Item& item : captions.items) {
    try {
      const auto found = index.find(item.image);
      if (!found) continue;
      const std::size_t i = found->index;
      item.references.insert(item.references.end(), all[i].captions.begin(), all[i].captions.end());
      unused -= used[i] ? 0 : 1;
      used[i] = true;
    } catch (const AmbiguousName& error) {
      fail(source, "image " + excerpt(item.image, 80) + " of the captions " + error.what());
    }
  }
  if (unused == all.size()) {
    fail(source,
         "none of its image ids is among the captions' (the first is " + excerpt(all[0].image, 80) + ")");
  }
  return {.path = path, .sha256 = source.sha256, .unknown = unused};
}

}  // namespace tise::data
