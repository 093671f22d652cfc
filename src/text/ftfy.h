#pragma once

#include <string>
#include <string_view>

namespace tise::text {

/// What ftfy's `fix_text` does with its default settings, as far as captions need it (docs/text.md).
std::u32string fix_text(std::u32string_view text);

}  // namespace tise::text
