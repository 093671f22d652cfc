// Maps of texts: `{"image id": "caption"}` (clipscore), and `{"prompt": "path of its image"}` (GenEval 2).

#include <algorithm>

#include "../forms.h"
#include "tise/base/utf8.h"
#include "tise/data/images.h"

namespace tise::data {
namespace {

std::string where_of(const std::string& key) { return "key " + excerpt(key, 80); }

const Document& document_of(const Content& content) {
  if (content.object() == nullptr) {
    const std::string& why = content.why_no_object();
    fail(content.source(), why.empty() ? "must be a JSON object" : why);
  }
  return *content.object();
}

void read_map(const Content& content, const TakeRecord& take) {
  const Source& source = content.source();
  const Document& document = document_of(content);
  for (const std::string& key : document.keys) {
    const nlohmann::json& value = document.root.at(key);
    if (content.is_of_captions()) {
      if (key.empty()) fail(source, where_of(key), "an image id must not be empty");
      if (value.is_array()) {
        fail(source, where_of(key),
             "the caption must be a string, is a list (pass references with --references)");
      }
      if (!value.is_string())
        fail(source, where_of(key), "the caption must be a string, is " + type_in_words(value));
    }
    take(where_of(key), {{kImage, key}, {content.value_name(), value}});
  }
}

/// Whether all values name image files and no keys do.
bool is_prompt_to_path(const Content& content) {
  if (content.object() == nullptr || content.object()->keys.empty()) return false;
  return std::ranges::all_of(content.object()->root.items(), [](const auto& item) {
    return !is_image_name(item.key()) && item.value().is_string() &&
           is_image_name(item.value().template get_ref<const std::string&>());
  });
}

void read_prompt_to_path(const Content& content, const TakeRecord& take) {
  const Document& document = document_of(content);
  for (const std::string& key : document.keys)
    take(where_of(key), {{content.value_name(), key}, {kImage, document.root.at(key)}});
}

}  // namespace

constinit const Form kMap{.name = "map",
                          .title = "JSON map",
                          .what = R"({"image id": "caption"})",
                          .fits = [](const Content& content) { return content.first() == '{'; },
                          .read = &read_map,
                          .has_labels = true};

constinit const Form kPromptToPath{.name = "paths",
                                   .title = "JSON map from prompts to paths",
                                   .what = R"({"caption": "path/of/its/image.png"})",
                                   .fits = &is_prompt_to_path,
                                   .read = &read_prompt_to_path};

}  // namespace tise::data
