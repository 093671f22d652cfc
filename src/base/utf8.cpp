#include "tise/base/utf8.h"

#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <utility>

namespace tise {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// The first character of a text that isn't empty: its code point, and how many bytes it has. The code point
/// is negative if there is none.
std::pair<std::int32_t, std::size_t> first_character(std::string_view text) {
  const auto size = static_cast<std::int32_t>(std::min<std::size_t>(text.size(), U8_MAX_LENGTH));
  std::int32_t length = 0;
  std::int32_t code = 0;
  U8_NEXT(text.data(), length, size, code);
  return {code, static_cast<std::size_t>(length)};
}

bool is_between(std::int32_t code, std::int32_t low, std::int32_t high) {
  return low <= code && code <= high;
}

bool is_control(std::int32_t code) {
  return (code < 0x20 && code != '\n' && code != '\t') || is_between(code, 0x7F, 0x9F);
}

/// Marks, embeddings, overrides and isolates of the bidirectional algorithm, and Unicode's ends of lines.
bool misleads(std::int32_t code) {
  return code == 0x061C || is_between(code, 0x200E, 0x200F) || is_between(code, 0x2028, 0x202E) ||
         is_between(code, 0x2066, 0x2069);
}

std::string escaped(const char* format, unsigned code) {
  char text[16];
  std::snprintf(text, sizeof text, format, code);
  return text;
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto [code, length] = first_character(text);
  return code < 0 ? 0 : length;
}

std::optional<std::size_t> first_invalid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text.substr(i));
    if (length == 0) return i;
    i += length;
  }
  return std::nullopt;
}

std::string as_utf8(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    result += length == 0 ? kReplacement : text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return result;
}

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto [code, length] = first_character(text);
    if (code < 0 || (is_control(code) && code < 0x80)) {
      result += code == '\r' ? "\\r" : escaped("\\x%02x", static_cast<std::uint8_t>(text[0]));
    } else if (is_control(code) || misleads(code)) {
      result += escaped("\\u%04x", static_cast<unsigned>(code));
    } else {
      result += text.substr(0, length);
    }
    text.remove_prefix(code < 0 ? 1 : length);
  }
  return result;
}

std::string printable_line(std::string_view text) { return on_one_line(printable(text)); }

std::string on_one_line(std::string_view text) { return replaced(text, '\n', "\\n"); }

std::string replaced(std::string_view text, char what, std::string_view by) {
  std::string result;
  for (const char c : text) c == what ? result.append(by) : result.append(1, c);
  return result;
}

}  // namespace tise
