#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tise::data {

/// Where the first byte sequence stands that is not UTF-8 (overlong forms and surrogates are not either).
std::optional<std::size_t> first_invalid_utf8(std::string_view text);

/// The text in Unicode's normalization form C: file systems and programs write "é" as one code point or as
/// two. What is not UTF-8 comes back as it is.
std::string nfc(std::string_view text);

/// At most `characters` of the text in quotes, on one line, for a message: `"two dogs on a b…"`.
std::string excerpt(std::string_view text, std::size_t characters = 15);

}  // namespace tise::data
