#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace tise {

/// The names with a separator between them.
template <typename Names>
std::string joined(const Names& names, std::string_view separator = ", ") {
  std::string text;
  bool first = true;
  for (const auto& name : names) {
    if (!first) text += separator;
    text += name;
    first = false;
  }
  return text;
}

/// Whether two names differ in nothing but the case of ASCII letters.
inline bool same_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace tise
