#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tise {

/// The offset of the first byte that is not UTF-8 (overlong forms and surrogates are not UTF-8); nullopt if
/// all are.
std::optional<std::size_t> first_invalid_utf8(std::string_view text);

/// The text with each byte that is not UTF-8 replaced by U+FFFD, such as a path for a file that must be
/// UTF-8.
std::string as_utf8(std::string_view text);

/// The text's code points. Bytes that are not UTF-8 become U+FFFD, one per maximal ill-formed part (as with
/// Python's "replace").
std::u32string to_utf32(std::string_view text);
std::string to_utf8(std::u32string_view text);

/// Converts UTF-16 that starts with a byte order mark to UTF-8 without one. Returns nullopt if it is not
/// UTF-16.
std::optional<std::string> from_utf16(std::string_view bytes);

/// The number of characters; a byte that is not UTF-8 counts as one.
std::size_t character_count(std::string_view text);

/// The text's first `characters` characters, then `…` if there are more. On one line: control characters
/// become spaces.
std::string shortened(std::string_view text, std::size_t characters);

/// The same in quotes, for a message: `"two dogs on a b…"`.
std::string excerpt(std::string_view text, std::size_t characters = 15);

/// The text made safe for a terminal, since file names and other foreign text can hold escape sequences.
/// Control characters and bytes that are not UTF-8 are written as `\x1b`, characters that change the
/// direction of the text as `\u202e`. Line breaks and tabs stay.
std::string printable(std::string_view text);

/// The same on one line: a line break is written as `\n`.
std::string printable_line(std::string_view text);

/// The text with line breaks written as `\n`; nothing else changes.
std::string on_one_line(std::string_view text);

/// The text with each `what` replaced by `by`.
std::string replaced(std::string_view text, char what, std::string_view by);

}  // namespace tise
