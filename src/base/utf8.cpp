#include "tise/base/utf8.h"

#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace tise {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// A UTF-8 character, or a byte that is not part of one.
struct Character {
  std::int32_t code;      ///< negative for such a byte
  std::string_view text;  ///< its bytes

  bool is_valid() const { return code >= 0; }
};

/// Removes the first character from a text that is not empty, and returns it.
Character take_character(std::string_view& text) {
  const auto size = static_cast<std::int32_t>(std::min<std::size_t>(text.size(), U8_MAX_LENGTH));
  std::int32_t length = 0;
  std::int32_t code = 0;
  U8_NEXT(text.data(), length, size, code);
  const Character character{code, text.substr(0, code < 0 ? 1 : static_cast<std::size_t>(length))};
  text.remove_prefix(character.text.size());
  return character;
}

bool is_between(std::int32_t code, std::int32_t low, std::int32_t high) {
  return low <= code && code <= high;
}

bool is_control(std::int32_t code) {
  return (code < 0x20 && code != '\n' && code != '\t') || is_between(code, 0x7F, 0x9F);
}

/// Bidirectional marks, embeddings, overrides and isolates, and Unicode's line and paragraph separators.
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

std::optional<std::size_t> first_invalid_utf8(std::string_view text) {
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t place = text.size() - rest.size();
    if (!take_character(rest).is_valid()) return place;
  }
  return std::nullopt;
}

std::string as_utf8(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const Character character = take_character(text);
    result += character.is_valid() ? character.text : kReplacement;
  }
  return result;
}

std::u32string to_utf32(std::string_view text) {
  std::u32string result;
  result.reserve(text.size());
  const auto size = static_cast<std::int64_t>(text.size());
  for (std::int64_t i = 0; i < size;) {
    UChar32 code = 0;
    U8_NEXT_OR_FFFD(text.data(), i, size, code);
    result.push_back(static_cast<char32_t>(code));
  }
  return result;
}

std::string to_utf8(std::u32string_view text) {
  std::string result;
  result.reserve(text.size());
  for (const char32_t code : text) {
    char bytes[U8_MAX_LENGTH];
    std::int32_t length = 0;
    U8_APPEND_UNSAFE(bytes, length, code);
    result.append(bytes, static_cast<std::size_t>(length));
  }
  return result;
}

std::optional<std::string> from_utf16(std::string_view bytes) {
  const bool big_endian = bytes.starts_with("\xFE\xFF");
  if ((!big_endian && !bytes.starts_with("\xFF\xFE")) || bytes.size() % 2 != 0) return std::nullopt;
  std::u16string units;
  units.reserve(bytes.size() / 2);
  for (std::size_t i = 2; i < bytes.size(); i += 2) {
    const auto high = static_cast<std::uint8_t>(bytes[big_endian ? i : i + 1]);
    const auto low = static_cast<std::uint8_t>(bytes[big_endian ? i + 1 : i]);
    units.push_back(static_cast<char16_t>(high << 8U | low));
  }
  std::u32string text;
  text.reserve(units.size());
  for (std::size_t i = 0; i < units.size();) {
    UChar32 code = 0;
    U16_NEXT(units.data(), i, units.size(), code);
    if (U_IS_SURROGATE(code)) return std::nullopt;
    text.push_back(static_cast<char32_t>(code));
  }
  return to_utf8(text);
}

std::size_t character_count(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) take_character(text);
  return count;
}

std::string shortened(std::string_view text, std::size_t characters) {
  std::string shown;
  for (std::size_t n = 0; n < characters && !text.empty(); ++n) {
    const Character character = take_character(text);
    const bool is_low = character.is_valid() && character.code < 0x20;
    shown += is_low ? " " : character.text;  // bytes that are not UTF-8 are escaped when printed
  }
  return text.empty() ? shown : shown + "…";
}

std::string excerpt(std::string_view text, std::size_t characters) {
  return '"' + shortened(text, characters) + '"';
}

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto [code, character] = take_character(text);
    if (code < 0 || (is_control(code) && code < 0x80)) {
      result += code == '\r' ? "\\r" : escaped("\\x%02x", static_cast<std::uint8_t>(character[0]));
    } else if (is_control(code) || misleads(code)) {
      result += escaped("\\u%04x", static_cast<unsigned>(code));
    } else {
      result += character;
    }
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
