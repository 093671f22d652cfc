#include <algorithm>
#include <string_view>

#include "formats.h"
#include "item.h"
#include "tise/data/utf8.h"

namespace tise::data {

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
    if (!caption.is_string()) fail(source, where, "the caption must be a string, is " + kind_of(caption));
    Item& item = items.emplace_back();
    item.image = key;
    item.caption = caption.get<std::string>();
    item.where = where;
  }
  return items;
}

std::vector<Item> read_list(const Source& source, const Document& document) {
  std::vector<Item> items;
  items.reserve(document.root.size());
  for (const nlohmann::json& object : document.root) {
    items.push_back(read_item(source, "item " + std::to_string(items.size() + 1), object));
  }
  return items;
}

std::vector<Item> read_json_lines(const Source& source) {
  std::vector<Item> items;
  std::size_t number = 0;
  for (std::string_view rest = source.text; !rest.empty();) {
    const std::size_t length = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, length);
    rest.remove_prefix(std::min(length + 1, rest.size()));
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const Document document = parse_json(source, line, number);
    items.push_back(read_item(source, "line " + std::to_string(number), document.root));
  }
  return items;
}

}  // namespace tise::data
