#pragma once

#include <sstream>
#include <string>

namespace tise {

/// All parts as text, one after the other. (LibTorch's headers bring a fmt of their own, which clashes with
/// the system's wherever both are in reach; C++20's std::format isn't in every supported compiler.)
template <typename... Parts>
std::string concat(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  return std::move(text).str();
}

}  // namespace tise
