#include "page_template.h"

#include <string_view>

#include "as_text.h"
#include "parts.h"
#include "tise/base/json_text.h"
#include "tise/base/utf8.h"

namespace tise::report {

extern const char* const kPageHtml;  // page_html.cpp.in

namespace {

/// JSON that may stand in a <script>: nothing in it ends the element.
std::string script_json(const nlohmann::ordered_json& data) {
  return replaced(json_text(data), '<', "\\u003c");
}

}  // namespace

std::string filled_page(const std::string& kind, const std::string& title,
                        const nlohmann::ordered_json& data) {
  nlohmann::ordered_json shown{{"kind", kind}, {"title", title}, {"tool", tool_json()}};
  shown.update(data);
  constexpr std::string_view kTitle = "@PAGE_TITLE@";
  constexpr std::string_view kData = "@PAGE_DATA@";
  const std::string_view page = kPageHtml;
  const std::size_t title_at = page.find(kTitle);
  const std::size_t data_at = page.find(kData);
  std::string text(page.substr(0, title_at));
  text += escape_markup(title);
  text += page.substr(title_at + kTitle.size(), data_at - title_at - kTitle.size());
  text += script_json(shown);
  text += page.substr(data_at + kData.size());
  return text;
}

}  // namespace tise::report
