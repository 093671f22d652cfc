// Tells a captions file's format from its first characters and what they open: `[` is a list; `{` a map, a
// COCO file or JSON Lines; anything else must be CSV.

#include "tise/data/captions.h"

#include <algorithm>

#include "formats.h"
#include "item.h"
#include "tise/data/source.h"

namespace tise::data {
namespace {

struct Read {
  std::string format;
  std::vector<Item> items;
};

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

/// A file of one JSON line is an object too; what tells it from a map is that its keys are fields.
bool is_item(const Document& document) {
  const auto has = [&](const auto& names) {
    return std::any_of(names.begin(), names.end(),
                       [&](std::string_view name) { return document.root.contains(name); });
  };
  return has(kImageNames) && has(kCaptionNames);
}

bool first_line_is_object(const Source& source) {
  const std::size_t start = source.text.find_first_not_of(" \t\r\n");
  const std::string_view rest = std::string_view(source.text).substr(start);
  const Parsed line = try_parse_json(source, rest.substr(0, rest.find('\n')));
  return line.document && line.document->root.is_object();
}

Read read_objects(const Source& source) {
  const Parsed whole = try_parse_json(source, source.text);
  if (!whole.document) {
    if (!first_line_is_object(source)) fail(source, whole.error);
    return {"jsonl", read_json_lines(source)};
  }
  const Document& document = *whole.document;
  if (is_coco(document)) return {"coco", items_of(read_coco(source, document))};
  if (is_item(document)) return {"jsonl", {read_item(source, "line 1", document.root)}};
  return {"map", read_map(source, document)};
}

Read read(const Source& source) {
  switch (source.text[source.text.find_first_not_of(" \t\r\n")]) {
    case '[':
      return {"list", read_list(source, parse_json(source, source.text))};
    case '{':
      return read_objects(source);
    default:
      return {"csv", read_csv(source)};
  }
}

}  // namespace

Captions read_captions(const std::filesystem::path& path) {
  const Source source = read_source(path, "captions");
  auto [format, items] = read(source);
  if (items.empty()) fail(source, "has no captions");
  return {.path = path, .format = std::move(format), .sha256 = source.sha256, .items = std::move(items)};
}

}  // namespace tise::data
