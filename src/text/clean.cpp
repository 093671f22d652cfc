// `whitespace_clean(basic_clean(text)).lower()` of openai/CLIP's simple_tokenizer.py.

#include "repairs.h"
#include "tise/text/tokenizer.h"
#include "unicode.h"

namespace tise::text {
namespace {

std::u32string collapse_spaces(std::u32string_view text) {
  std::u32string result;
  result.reserve(text.size());
  for (const char32_t c : text) {
    if (!is_space(c)) {
      result.push_back(c);
    } else if (!result.empty() && result.back() != U' ') {
      result.push_back(U' ');
    }
  }
  if (!result.empty() && result.back() == U' ') result.pop_back();
  return result;
}

}  // namespace

std::string clean(std::string_view text) {
  std::u32string result = fix_text(to_utf32(text));
  result = html_unescape(html_unescape(result));
  result = collapse_spaces(result);
  return to_utf8(lower(result));
}

}  // namespace tise::text
