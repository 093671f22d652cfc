#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tise/base/utf8.h"

namespace tise::data {

/// At most `characters` of the text in quotes, on one line, for a message: `"two dogs on a b…"`.
std::string excerpt(std::string_view text, std::size_t characters = 15);

}  // namespace tise::data
