// JSON lists of objects, `[{"image": "a.png", "caption": "…"}]`, as in WISE, BLIP and many scripts; or of
// captions, as in HPDv2's benchmark.

#include "../forms.h"

namespace tise::data {
namespace {

void read_list(const Content& content, const TakeRecord& take) {
  std::size_t number = 0;
  for_each_element(content.source(), content.source().text,
                   [&](const nlohmann::json& element) { take("item " + std::to_string(++number), element); });
}

bool are_strings(const Content& content) {
  const std::string_view text = content.source().text;
  const std::size_t second = text.find_first_not_of(" \t\r\n", text.find('[') + 1);
  return content.is_of_captions() && content.first() == '[' && second != std::string_view::npos &&
         text[second] == '"';
}

void read_strings(const Content& content, const TakeRecord& take) {
  read_list(content, [&](const std::string& where, const nlohmann::json& element) {
    take(where, {{content.value_name(), element}});
  });
}

}  // namespace

constinit const Form kStrings{.name = "strings",
                              .title = "JSON list of captions",
                              .what = R"(["…", …])",
                              .fits = &are_strings,
                              .read = &read_strings};

constinit const Form kList{.name = "list",
                           .title = "JSON list",
                           .what = R"([{"image": "a.png", "caption": "…"}, …])",
                           .fits = [](const Content& content) { return content.first() == '['; },
                           .read = &read_list,
                           .has_fields = true,
                           .has_labels = true};

}  // namespace tise::data
