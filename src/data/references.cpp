#include <algorithm>
#include <optional>
#include <unordered_map>
#include <vector>

#include "image_names.h"
#include "name_index.h"
#include "records.h"
#include "tise/base/names.h"
#include "tise/base/utf8.h"
#include "tise/data/captions.h"

namespace tise::data {
namespace {

struct References {
  std::string image;
  std::string id;  ///< COCO's; empty elsewhere
  std::vector<std::string> captions;
};

std::vector<References> read_reference_map(const Source& source, const Document& document) {
  std::vector<References> all;
  for (const std::string& key : document.keys) {
    const nlohmann::json& captions = document.root.at(key);
    const std::string where = "key " + excerpt(key, 80);
    if (!captions.is_array()) fail(source, where, "must be a list of strings, is " + type_in_words(captions));
    References& references = all.emplace_back(References{.image = key, .id = {}, .captions = {}});
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
    all.push_back({std::move(image.file_name), std::move(image.id), std::move(image.captions)});
  }
  return all;
}

/// Finds references by the image's name. If captions don't name images, also by the fields that images may
/// be named by, such as COCO's image id.
class ReferenceIndex {
 public:
  explicit ReferenceIndex(const std::vector<References>& all) : by_name_(images_of(all)) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!all[i].id.empty()) by_id_.emplace(all[i].id, i);
    }
  }

  /// Throws AmbiguousName.
  std::optional<std::size_t> find(const Item& item, bool names_images) const {
    if (const std::string* named = item.field(kImageNames.all.front())) {  // the name before pairing
      if (const auto found = by_name(*named)) return found;
    }
    if (const auto found = by_name(item.image)) return found;
    if (names_images) return std::nullopt;
    for (const std::string_view word : kNamingWords) {
      const std::string* text = item.field(word);
      if (text == nullptr) continue;
      const bool is_cocos = word == "image_id" || word == "cocoid" || word == "coco_id";
      if (is_cocos) {
        if (const std::size_t* found = find_in(by_id_, std::string(without_zeros(*text)))) return *found;
      }
      if (const auto found = by_name(*text)) return found;
    }
    return std::nullopt;
  }

 private:
  std::optional<std::size_t> by_name(const std::string& name) const {
    const auto found = by_name_.find(name);
    return found ? std::optional(found->index) : std::nullopt;
  }

  static std::vector<std::string> images_of(const std::vector<References>& all) {
    std::vector<std::string> images;
    for (const References& references : all) images.push_back(references.image);
    return images;
  }

  NameIndex by_name_;
  std::unordered_map<std::string, std::size_t> by_id_;
};

}  // namespace

AddedReferences add_references(Captions& captions, const std::filesystem::path& path) {
  const Source source = read_source(path, "references");
  const std::vector<References> all = read_references(source);
  if (all.empty()) fail(source, "has no references");

  const ReferenceIndex index(all);
  std::vector<bool> used(all.size());
  std::size_t unused = all.size();
  for (Item& item : captions.items) {
    try {
      const auto found = index.find(item, captions.names_images);
      if (!found) continue;
      const std::size_t i = *found;
      item.references.insert(item.references.end(), all[i].captions.begin(), all[i].captions.end());
      unused -= used[i] ? 0 : 1;
      used[i] = true;
    } catch (const AmbiguousName& error) {
      fail(source, "image " + excerpt(item.image, 80) + " of the captions " + error.what());
    }
  }
  if (unused == all.size()) {
    fail(source, "none of its image ids matches an image of the captions (the first id is " +
                     excerpt(all[0].image, 80) + ")");
  }
  return {.path = path, .sha256 = source.sha256, .unknown = unused};
}

}  // namespace tise::data
