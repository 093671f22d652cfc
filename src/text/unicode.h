#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tise/base/utf8.h"

// Text as code points, and the few questions about them that cleaning and splitting ask. ICU answers; where
// Python's `str` has an opinion of its own (white space), Python's counts.
namespace tise::text {

/// What Python's `str.isspace` and `\s` hold for white space: Unicode's, and the separators U+001C..U+001F.
bool is_space(char32_t c);
/// Unicode's general categories L and N.
bool is_letter(char32_t c);
bool is_number(char32_t c);
/// Category Nd: a digit of any script, as Python's `\d`.
bool is_decimal_digit(char32_t c);
bool is_lower_case(char32_t c);
bool is_upper_case(char32_t c);

/// Python's `str.lower()`: full mapping, final sigma, İ to i and a combining dot.
std::u32string lower(std::u32string_view text);

std::u32string nfkc(char32_t c);
/// The character's own decomposition as the Unicode data has it (`ŉ` to `ʼn`, `ﬅ` to `ſt`), not decomposed
/// further; empty where it has none.
std::u32string raw_decomposition(char32_t c);

/// Windows-1252, with its five unassigned bytes read as the control characters of the same number, as
/// browsers do.
char32_t from_windows_1252(std::uint8_t byte);
/// The byte that shows as this character in Windows-1252 or, for U+0080..U+009F, in Latin-1.
std::optional<std::uint8_t> to_windows_1252(char32_t c);

inline bool is_ascii(std::u32string_view text) {
  return std::ranges::all_of(text, [](char32_t c) { return c < 0x80; });
}

}  // namespace tise::text
