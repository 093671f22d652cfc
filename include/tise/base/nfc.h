#pragma once

#include <string>
#include <string_view>

namespace tise {

/// A UTF-8 text in Unicode's normalization form C, since file systems and programs write "é" as one code
/// point or as two. Takes O(n·log n) time for any text. Text that is not UTF-8 is returned unchanged.
std::string nfc(std::string_view text);

}  // namespace tise
