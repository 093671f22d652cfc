#pragma once

#include <string_view>
#include <vector>

namespace tise::text {

inline constexpr std::u32string_view kStartOfText = U"<|startoftext|>";
inline constexpr std::u32string_view kEndOfText = U"<|endoftext|>";

/// The words of a cleaned text, as CLIP's pattern splits it: the two special tokens, the endings of English
/// contractions, letters, single numbers, and runs of anything else but white space.
std::vector<std::u32string_view> split(std::u32string_view text);

}  // namespace tise::text
