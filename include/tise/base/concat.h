#pragma once

#include <sstream>
#include <string>

namespace tise {

/// Concatenates all parts as text. (Not fmt: LibTorch's headers bundle a copy that clashes with the
/// system's. Not std::format: some supported compilers don't have it.)
template <typename... Parts>
std::string concat(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  return std::move(text).str();
}

}  // namespace tise
