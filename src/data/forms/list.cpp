// A JSON list: of objects, `[{"image": "a.png", "caption": "…"}]`, as WISE, BLIP and many scripts have it; or
// of captions, as HPDv2's benchmark has them.

#include "../forms.h"

namespace tise::data {

constinit const Form kList{.name = "list",
                           .title = "JSON list",
                           .what = R"([{"image": "a.png", "caption": "…"}, …], or ["…", …])",
                           .fits = [](const Content& content) { return content.first() == '['; },
                           .read =
                               [](const Content& content, const TakeRecord& take) {
                                 std::size_t number = 0;
                                 const auto take_element = [&](const nlohmann::json& element) {
                                   const std::string where = "item " + std::to_string(++number);
                                   const bool is_caption = element.is_string() && content.is_of_captions();
                                   take(where, is_caption ? nlohmann::json{{kCaption, element}} : element);
                                 };
                                 for_each_element(content.source(), content.source().text, take_element);
                               },
                           .has_labels = true};

}  // namespace tise::data
