#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tise/base/utf8.h"

// Text as code points, and the properties of code points that cleaning and splitting need. They come from
// ICU, except where Python's `str` differs (white space): then Python's rule applies.
namespace tise::text {

/// White space according to Python's `str.isspace` and `\s`: Unicode's, and the separators U+001C..U+001F.
bool is_space(char32_t c);
/// Unicode's general categories L and N.
bool is_letter(char32_t c);
bool is_number(char32_t c);
/// Category Nd: a digit of any script, like Python's `\d`.
bool is_decimal_digit(char32_t c);
bool is_lower_case(char32_t c);
bool is_upper_case(char32_t c);

/// Python's `str.lower()`: full mapping, final sigma, İ to i and a combining dot.
std::u32string lower(std::u32string_view text);

std::u32string nfkc(char32_t c);
/// The character's own decomposition in the Unicode data (`ŉ` to `ʼn`, `ﬅ` to `ſt`), not decomposed further.
/// Empty if it has none.
std::u32string raw_decomposition(char32_t c);

/// Decodes a Windows-1252 byte. The five unassigned bytes become the control characters with the same number,
/// as in browsers.
char32_t from_windows_1252(std::uint8_t byte);
/// The byte that means this character in Windows-1252 or, for U+0080..U+009F, in Latin-1. nullopt if there is
/// none.
std::optional<std::uint8_t> to_windows_1252(char32_t c);

inline bool is_ascii(std::u32string_view text) {
  return std::ranges::all_of(text, [](char32_t c) { return c < 0x80; });
}

}  // namespace tise::text
