// Tells a file's format from its first characters and what they open: `[` is a list; `{` one object or JSON
// Lines; anything else must be CSV.

#include "records.h"

#include <algorithm>
#include <string_view>

namespace tise::data {
namespace {

void read_list(const Source& source, const TakeRecord& take) {
  std::size_t number = 0;
  for_each_element(source, source.text,
                   [&](const nlohmann::json& object) { take("item " + std::to_string(++number), object); });
}

/// An object a line; empty lines are passed over.
void read_json_lines(const Source& source, const TakeRecord& take) {
  std::size_t number = 0;
  for (std::string_view rest = source.text; !rest.empty();) {
    const std::size_t length = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, length);
    rest.remove_prefix(std::min(length + 1, rest.size()));
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    take("line " + std::to_string(number), parse_json(source, line, number).root);
  }
}

/// A file of one JSON line is an object too; what tells it from a map is that its keys are fields.
bool is_record(const Document& document, FieldNames beside) {
  const auto has = [&](FieldNames names) {
    return std::ranges::any_of(names, [&](std::string_view name) { return document.root.contains(name); });
  };
  return has(kImageNames) && has(beside);
}

bool first_line_is_object(const Source& source) {
  const std::size_t start = source.text.find_first_not_of(" \t\r\n");
  const std::string_view rest = std::string_view(source.text).substr(start);
  const Parsed line = try_parse_json(source, rest.substr(0, rest.find('\n')));
  return line.document && line.document->root.is_object();
}

}  // namespace

std::string for_each_record(const Source& source, FieldNames beside, const TakeRecord& take,
                            const std::function<std::string(const Document&)>& take_object) {
  const char first = source.text[source.text.find_first_not_of(" \t\r\n")];
  if (first == '[') {
    read_list(source, take);
    return "list";
  }
  if (first != '{') {
    read_csv(source, beside, take);
    return "csv";
  }
  const Parsed whole = try_parse_json(source, source.text);
  if (!whole.document) {
    if (!first_line_is_object(source)) fail(source, whole.error);
    read_json_lines(source, take);
    return "jsonl";
  }
  if (!is_record(*whole.document, beside)) return take_object(*whole.document);
  take("line 1", whole.document->root);
  return "jsonl";
}

}  // namespace tise::data
