#pragma once

#include <algorithm>
#include <cstddef>
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

/// The value under a name in a map; null if the name is missing.
template <typename Map, typename Name>
auto* find_in(Map& map, const Name& name) {
  const auto found = map.find(name);
  return found == map.end() ? nullptr : &found->second;
}

/// Lower-cases ASCII letters; returns other characters unchanged.
constexpr char lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Whether two names are equal, ignoring the case of ASCII letters.
inline bool same_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower_case(x) == lower_case(y); });
}

/// Whether the names contain this one, ignoring the case of ASCII letters.
template <typename Names>
bool has_ignoring_case(const Names& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view other) { return same_ignoring_case(name, other); });
}

/// The text without leading and trailing spaces, tabs and line breaks.
constexpr std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(kBlanks) + 1 - first);
}

/// `1 image`, `5 images`. The plural is `one` with an s; pass `many` for other plurals: `1 class`,
/// `5 classes`.
template <typename Integer>
std::string counted(Integer n, std::string_view one, std::string_view many = {}) {
  std::string text = std::to_string(n) + " ";
  text += n == 1 || many.empty() ? one : many;
  return n == 1 || !many.empty() ? text : text + "s";
}

/// Whether an archive of a models folder can have this name, without its `.pt`: letters, digits, '.', '_'
/// and '-' only.
bool is_stem(std::string_view name);

/// Levenshtein distance, in bytes.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// Returns ` (did you mean X?)` if one of the names is close to what was typed, ignoring case, hyphens and
/// underscores; otherwise an empty string. Of equally close names, it is the one with the longest beginning
/// in common.
template <typename Names>
std::string did_you_mean(std::string_view typed, const Names& names) {
  const auto plain = [](std::string_view name) {
    std::string text;
    for (const char c : name) {
      if (c != '-' && c != '_') text += lower_case(c);
    }
    return text;
  };
  const std::string wanted = plain(typed);
  std::string best;
  std::size_t least = wanted.size() / 3 + 1;  // with more mistakes it is another word
  std::size_t longest = 0;
  for (const auto& name : names) {
    const std::string candidate = plain(name);
    const std::size_t distance = edit_distance(wanted, candidate);
    if (distance > least || distance >= candidate.size()) continue;
    const auto common =
        static_cast<std::size_t>(std::ranges::mismatch(wanted, candidate).in1 - wanted.begin());
    if (!best.empty() && distance == least && common <= longest) continue;
    least = distance;
    longest = common;
    best = name;
  }
  return best.empty() ? "" : " (did you mean " + best + "?)";
}

}  // namespace tise
