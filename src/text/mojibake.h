#pragma once

#include <string>
#include <string_view>

namespace tise::text {

/// One round of repairing UTF-8 that was read as Windows-1252 or Latin-1 (`Ã©` to `é`, `â€™` to `’`). Text
/// that somebody may have meant as it stands isn't touched. Takes at most `rounds`, and takes those it needed
/// from them.
std::u32string fix_mojibake(std::u32string_view text, int& rounds);

}  // namespace tise::text
