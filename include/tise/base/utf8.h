#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tise {

/// The place of the first byte sequence that is not UTF-8 (overlong forms and surrogates are not either).
std::optional<std::size_t> first_invalid_utf8(std::string_view text);

/// The text with U+FFFD for each byte that is not UTF-8: a path for a file that must be UTF-8.
std::string as_utf8(std::string_view text);

/// The text's code points. Bytes that are not UTF-8 become U+FFFD, one for each maximal ill-formed part (as
/// Python's "replace" does).
std::u32string to_utf32(std::string_view text);
std::string to_utf8(std::u32string_view text);

/// UTF-16 as UTF-8, without the byte order mark that it starts with. Nothing if it is not UTF-16.
std::optional<std::string> from_utf16(std::string_view bytes);

/// How many characters the text has; a byte that is not UTF-8 counts as one.
std::size_t character_count(std::string_view text);

/// The text's first `characters` characters, then `…` if there are more. On one line: control characters
/// become spaces.
std::string shortened(std::string_view text, std::size_t characters);

/// The same in quotes, for a message: `"two dogs on a b…"`.
std::string excerpt(std::string_view text, std::size_t characters = 15);

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
