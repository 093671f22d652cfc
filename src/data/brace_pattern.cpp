#include <algorithm>
#include <cstdint>
#include <regex>

#include "tise/data/images.h"

namespace tise::data {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::vector<std::string> shards_of(const std::string& text) {
  static const std::regex kBraces(R"(\{(\d{1,9})\.\.(\d{1,9})\})");
  std::smatch match;
  if (!std::regex_search(text, match, kBraces)) return {text};
  constexpr unsigned long kMostParts = 1'000'000;
  if (std::stoul(match[2]) - std::stoul(match[1]) >= kMostParts) return {text};  // also if it counts down
  std::vector<std::string> all;
  const auto width = static_cast<std::size_t>(match[1].length());
  for (std::uint32_t i = std::stoul(match[1]); i <= std::stoul(match[2]); ++i) {
    std::string number = std::to_string(i);
    number.insert(0, width - std::min(width, number.size()), '0');
    for (std::string& rest : shards_of(match.suffix())) all.push_back(match.prefix().str() + number + rest);
  }
  return all;
}

std::string as_braces(const std::vector<std::string>& texts) {
  if (texts.empty()) return "";
  const std::string& first = texts.front();
  const std::string& last = texts.back();
  std::string pattern = first;
  if (texts.size() > 1) {
    if (first.size() != last.size()) return "";
    const auto differs = std::mismatch(first.begin(), first.end(), last.begin()).first;
    auto begin = differs;
    while (begin != first.begin() && is_digit(*(begin - 1))) --begin;
    const auto end = std::find_if_not(differs, first.end(), is_digit);
    const auto at = static_cast<std::size_t>(begin - first.begin());
    const auto digits = static_cast<std::size_t>(end - begin);
    constexpr std::size_t kMostDigits = 9;
    if (digits == 0 || digits > kMostDigits) return "";
    pattern = first.substr(0, at) + "{" + first.substr(at, digits) + ".." + last.substr(at, digits) + "}" +
              first.substr(at + digits);
  }
  return shards_of(pattern) == texts ? pattern : "";
}

}  // namespace tise::data
