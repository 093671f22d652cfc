// JSON Lines: one object per line, as in GenEval, evalscope and Hugging Face's imagefolder.

#include <algorithm>

#include "../forms.h"

namespace tise::data {
namespace {

bool contains_one_of(const nlohmann::json& object, FieldNames names) {
  return std::ranges::any_of(names, [&](std::string_view name) { return object.contains(name); });
}

/// Whether a file that is one object is a record and not a map: it has our fields, or it has a value and
/// something that no map of texts has.
bool is_record(const Content& content) {
  const nlohmann::json& root = content.object()->root;
  if (contains_one_of(root, kImageNames.own()) && contains_one_of(root, content.values().own())) return true;
  const bool is_map = std::ranges::all_of(root, &nlohmann::json::is_string) ||
                      std::ranges::all_of(root, [](const auto& value) { return value.is_object(); });
  return content.is_of_captions() && !is_map && std::ranges::any_of(root.items(), [&](const auto& item) {
           return content.values().has(item.key());
         });
}

bool first_line_is_object(const Source& source) {
  std::string_view text = source.text;
  text.remove_prefix(text.find_first_not_of(" \t\r\n"));
  const Parsed line = try_parse_json(source, take_line(text));
  return line.document && line.document->root.is_object();
}

bool are_json_lines(const Content& content) {
  if (content.first() != '{') return false;
  return content.object() != nullptr ? is_record(content) : first_line_is_object(content.source());
}

/// Skips empty lines.
void read_json_lines(const Content& content, const TakeRecord& take) {
  if (content.first() == '{' && content.object() != nullptr) return take("line 1", content.object()->root);
  std::size_t number = 0;
  for (std::string_view rest = content.source().text; !rest.empty();) {
    const std::string_view line = take_line(rest);
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    take("line " + std::to_string(number), parse_json(content.source(), line, number).root);
  }
}

}  // namespace

constinit const Form kJsonLines{.name = "jsonl",
                                .title = "JSON Lines",
                                .what = R"({"image": "a.png", "caption": "…"}, one per line)",
                                .fits = &are_json_lines,
                                .read = &read_json_lines,
                                .has_fields = true,
                                .has_labels = true};

}  // namespace tise::data
