#pragma once

#include <string>
#include <string_view>

namespace tise {

/// A UTF-8 text in Unicode's normalization form C: file systems and programs write "é" as one code point or
/// as two. Takes time that grows with n·log n, whatever the text. What is not UTF-8 comes back as it is.
std::string nfc(std::string_view text);

}  // namespace tise
