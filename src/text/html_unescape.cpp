#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <span>
#include <vector>

#include "repairs.h"
#include "unicode.h"

namespace tise::text {
namespace {

struct Entity {
  std::string_view name;
  std::array<char32_t, 3> value;  // padded with 0
};

#include "html_entities.inc"

constexpr std::size_t kLongestName = 32;        // in html.unescape, without the semicolon
constexpr std::size_t kLongestClosedName = 24;  // in ftfy's cautious form

std::optional<std::u32string> value_of(std::span<const Entity> entities, std::string_view name) {
  const auto found =
      std::lower_bound(entities.begin(), entities.end(), name,
                       [](const Entity& entity, std::string_view key) { return entity.name < key; });
  if (found == entities.end() || found->name != name) return std::nullopt;
  std::u32string value;
  for (const char32_t c : found->value) {
    if (c != 0) value.push_back(c);
  }
  return value;
}

bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }

int hex_digit(char32_t c) {
  if (is_digit(c)) return static_cast<int>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<int>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<int>(c - 'A') + 10;
  return -1;
}

bool is_ascii_alphanumeric(char32_t c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The standard's parse errors: some numbers mean another character, some mean none.
std::u32string character(char32_t number) {
  if (number == 0) return U"\uFFFD";
  if (number >= 0x80 && number <= 0x9F) return {from_windows_1252(static_cast<std::uint8_t>(number))};
  if ((number >= 0xD800 && number <= 0xDFFF) || number > 0x10FFFF) return U"\uFFFD";
  const bool is_control =
      number <= 0x08 || number == 0x0B || (number >= 0x0E && number <= 0x1F) || number == 0x7F;
  const bool is_noncharacter = (number >= 0xFDD0 && number <= 0xFDEF) || (number & 0xFFFE) == 0xFFFE;
  if (is_control || is_noncharacter) return {};
  return {number};
}

// The replacement of a character reference, and the length of the reference, including the ampersand.
struct Replacement {
  std::u32string text;
  std::size_t length = 0;
};

// `&#38;`, `&#x26;`, with or without the semicolon. `text` begins with `&#`.
std::optional<Replacement> numeric(std::u32string_view text) {
  const bool is_hex = text.size() > 2 && (text[2] == 'x' || text[2] == 'X');
  const std::size_t begin = is_hex ? 3 : 2;
  std::size_t end = begin;
  char32_t number = 0;
  for (; end < text.size() && (is_hex ? hex_digit(text[end]) >= 0 : is_digit(text[end])); ++end) {
    number = std::min<char32_t>(number * (is_hex ? 16 : 10) + static_cast<char32_t>(hex_digit(text[end])),
                                0x110000);
  }
  if (end == begin) return std::nullopt;
  if (end < text.size() && text[end] == ';') ++end;
  return Replacement{character(number), end};
}

// `&amp;`, `&amp`, `&ampere`: the whole name, or else the longest known name that it begins with.
std::optional<Replacement> named(std::u32string_view text) {
  std::string name;
  for (std::size_t i = 1; i < text.size() && name.size() < kLongestName && is_ascii_alphanumeric(text[i]);
       ++i) {
    name.push_back(static_cast<char>(text[i]));
  }
  if (name.size() + 1 < text.size() && text[name.size() + 1] == ';') name.push_back(';');
  for (; name.size() > 1; name.pop_back()) {
    if (auto value = value_of(kEntities, name)) return Replacement{*value, name.size() + 1};
  }
  return std::nullopt;
}

std::optional<Replacement> reference(std::u32string_view text) {
  return text.size() > 1 && text[1] == '#' ? numeric(text) : named(text);
}

std::optional<Replacement> closed_reference(std::u32string_view text) {
  const bool is_number = text.size() > 1 && text[1] == '#';
  const std::size_t begin = is_number ? 2 : 1;
  std::size_t end = begin;
  while (end < text.size() && end - begin <= kLongestClosedName && is_ascii_alphanumeric(text[end])) ++end;
  if (end == begin || end - begin > kLongestClosedName || end == text.size() || text[end] != ';')
    return std::nullopt;
  if (is_number) {
    auto result = numeric(text);
    // ftfy takes a semicolon in the result as a sign that the reference was read only in part.
    const bool is_whole = result && result->length == end + 1 && result->text != U";";
    return is_whole ? result : std::nullopt;
  }
  const std::string name(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(end) + 1);
  auto value = value_of(kEntities, name);
  if (!value) value = value_of(kShoutedEntities, name);
  if (!value) return std::nullopt;
  return Replacement{*value, end + 1};
}

template <typename Reader>
std::u32string replace_references(std::u32string_view text, const Reader& read) {
  std::u32string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find(U'&'), text.size());
    result.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (const std::optional<Replacement> replacement = read(text)) {
      result.append(replacement->text);
      text.remove_prefix(replacement->length);
    } else {
      result.push_back(U'&');
      text.remove_prefix(1);
    }
  }
  return result;
}

// An ampersand that was escaped repeatedly: `&`, followed by what each round of unescaping removes.
struct NestedAmpersand {
  std::size_t begin = 0;
  std::vector<std::size_t> ends;  // where each level ends in the text

  std::size_t levels() const { return ends.size(); }
};

// The nested ampersand at `begin`. It has no levels if the first reference means another character.
NestedAmpersand nested_ampersand(std::u32string_view text, std::size_t begin) {
  constexpr std::size_t kLongestReference = kLongestClosedName + 3;
  NestedAmpersand nested{begin, {}};
  for (std::size_t end = begin + 1;;) {
    std::u32string next = U"&";
    next += text.substr(end, kLongestReference);
    const auto read = closed_reference(next);
    if (!read || read->text != U"&") return nested;
    end += read->length - 1;
    nested.ends.push_back(end);
  }
}

// All nested ampersands of a text. Empty if it has another reference, or an ampersand with fewer than 3
// levels.
std::vector<NestedAmpersand> deeply_nested(std::u32string_view text) {
  std::vector<NestedAmpersand> all;
  for (std::size_t i = text.find(U'&'); i != text.npos; i = text.find(U'&', i + 1)) {
    if (!closed_reference(text.substr(i))) continue;
    all.push_back(nested_ampersand(text, i));
    if (all.back().levels() < 3) return {};
  }
  return all;
}

}  // namespace

std::u32string skip_nested_levels(std::u32string_view text) {
  const std::vector<NestedAmpersand> all = deeply_nested(text);
  if (all.empty()) return std::u32string(text);
  const auto shallowest = std::min_element(
      all.begin(), all.end(), [](const auto& a, const auto& b) { return a.levels() < b.levels(); });
  const std::size_t skipped = shallowest->levels() - 2;
  std::u32string result;
  std::size_t done = 0;
  for (const NestedAmpersand& nested : all) {
    result.append(text.substr(done, nested.begin + 1 - done));
    done = nested.ends[skipped - 1];
  }
  return result.append(text.substr(done));
}

std::u32string html_unescape(std::u32string_view text) { return replace_references(text, reference); }

std::u32string html_unescape_closed(std::u32string_view text) {
  return replace_references(text, closed_reference);
}

}  // namespace tise::text
