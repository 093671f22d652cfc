#pragma once

#include <string>
#include <string_view>

namespace tise {

/// With padding, on one line.
std::string base64(std::string_view bytes);

}  // namespace tise
