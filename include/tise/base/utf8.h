#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tise {

/// The length in bytes of the UTF-8 character at the start of `text`, 0 if there is none.
std::size_t utf8_length(std::string_view text);

/// The place of the first byte sequence that is not UTF-8 (overlong forms and surrogates are not either).
std::optional<std::size_t> first_invalid_utf8(std::string_view text);

/// The text with U+FFFD for each byte that is not UTF-8: a path for a file that must be UTF-8.
std::string as_utf8(std::string_view text);

/// The text as a terminal may have it. File names and other foreign text can hold escape sequences, which are
/// written as `\x1b`; so are other control characters and bytes that are not UTF-8, and characters that
/// change the direction of what follows as `\u202e`. Lines and tabs stay.
std::string printable(std::string_view text);

/// The same on one line: a line's end is written as `\n`.
std::string printable_line(std::string_view text);

/// On one line; nothing else changes.
std::string on_one_line(std::string_view text);

/// With another text for each of one character.
std::string replaced(std::string_view text, char what, std::string_view by);

}  // namespace tise
