#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tise/base/utf8.h"

namespace tise::data {

/// The text in Unicode's normalization form C: file systems and programs write "é" as one code point or as
/// two. What is not UTF-8 comes back as it is.
std::string nfc(std::string_view text);

/// At most `characters` of the text in quotes, on one line, for a message: `"two dogs on a b…"`.
std::string excerpt(std::string_view text, std::size_t characters = 15);

}  // namespace tise::data
