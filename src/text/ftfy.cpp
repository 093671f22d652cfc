// The repairs of ftfy's `fix_text` (Robyn Speer, "ftfy", 6.x), reimplemented from its behavior.
//
// A text is repaired line by line. On each line, the steps below run in order until they change nothing more:
// an entity may contain mojibake, which may contain a curly quote.
//
// Departures: mojibake.cpp knows only two of the many encodings in which UTF-8 can have been misread. And
// repairs of a line stop after kMostRounds rounds; only a text made to be slow needs so many.

#include <algorithm>

#include "repairs.h"
#include "tise/base/nfc.h"
#include "unicode.h"

namespace tise::text {
namespace {

constexpr std::size_t kLongestSegment = 1'000'000;
constexpr int kMostRounds = 256;

// Replaces each character by what `expand` appends for it.
template <typename Expand>
std::u32string translate(std::u32string_view text, Expand expand) {
  std::u32string result;
  result.reserve(text.size());
  for (const char32_t c : text) expand(c, result);
  return result;
}

// Every browser shows C1 control characters as the Windows-1252 characters with the same number.
std::u32string fix_c1_controls(std::u32string_view text) {
  return translate(text, [](char32_t c, std::u32string& out) {
    out.push_back(c >= 0x80 && c <= 0x9F ? from_windows_1252(static_cast<std::uint8_t>(c)) : c);
  });
}

bool is_latin_ligature(char32_t c) {
  return c == 0x0132 || c == 0x0133 || c == 0x0149 || (c >= 0x01C4 && c <= 0x01CC) ||
         (c >= 0x01F1 && c <= 0x01F3) || (c >= 0xFB00 && c <= 0xFB06);
}

// A ligature's own decomposition, not NFKC: `ﬅ` keeps its long s.
std::u32string fix_latin_ligatures(std::u32string_view text) {
  return translate(text, [](char32_t c, std::u32string& out) {
    if (is_latin_ligature(c)) {
      out.append(raw_decomposition(c));
    } else {
      out.push_back(c);
    }
  });
}

std::u32string fix_character_width(std::u32string_view text) {
  return translate(text, [](char32_t c, std::u32string& out) {
    if (c == 0x3000) {
      out.push_back(U' ');
    } else if (c >= 0xFF01 && c <= 0xFFEF) {
      out.append(nfkc(c));
    } else {
      out.push_back(c);
    }
  });
}

std::u32string uncurl_quotes(std::u32string_view text) {
  return translate(text, [](char32_t c, std::u32string& out) {
    if (c == 0x02BC || (c >= 0x2018 && c <= 0x201B)) {
      out.push_back(U'\'');
    } else if (c >= 0x201C && c <= 0x201F) {
      out.push_back(U'"');
    } else {
      out.push_back(c);
    }
  });
}

std::u32string fix_line_breaks(std::u32string_view text) {
  return translate(text, [after_return = false](char32_t c, std::u32string& out) mutable {
    const bool ends_a_pair = after_return && c == '\n';
    after_return = c == '\r';
    if (ends_a_pair) return;
    const bool is_break = c == '\r' || c == 0x2028 || c == 0x2029 || c == 0x85;
    out.push_back(is_break ? U'\n' : c);
  });
}

// The length of the terminal escape (`ESC [ 36;44 m`) at the beginning of the text, or 0.
std::size_t terminal_escape_length(std::u32string_view text) {
  if (text.size() < 3 || text[0] != 0x1B || text[1] != '[') return 0;
  std::size_t i = 2;
  while (i < text.size() && (is_decimal_digit(text[i]) || text[i] == ';')) ++i;
  const char32_t last = i < text.size() ? text[i] : U'\0';
  return (last >= 'a' && last <= 'z') || (last >= 'A' && last <= 'Z') ? i + 1 : 0;
}

std::u32string remove_terminal_escapes(std::u32string_view text) {
  std::u32string result;
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find(U'\x1B'), text.size());
    result.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const std::size_t length = terminal_escape_length(text);
    if (length == 0) result.push_back(text.front());
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return result;
}

bool is_unwanted_control(char32_t c) {
  return c <= 0x08 || c == 0x0B || (c >= 0x0E && c <= 0x1F) || c == 0x7F || (c >= 0x206A && c <= 0x206F) ||
         c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFC);
}

std::u32string remove_control_characters(std::u32string text) {
  std::erase_if(text, is_unwanted_control);
  return text;
}

enum class Entities { kUnescape, kKeep };

// All repairs except those of entities.
std::u32string fix_unescaped(const std::u32string& line, int& rounds) {
  std::u32string text = line;
  if (!is_ascii(text)) {
    text = fix_mojibake(text, rounds);
    text = fix_c1_controls(text);
    text = fix_latin_ligatures(text);
    text = fix_character_width(text);
    text = uncurl_quotes(text);
  }
  text = fix_line_breaks(text);
  text = remove_terminal_escapes(text);
  text = remove_control_characters(std::move(text));
  return to_utf32(nfc(to_utf8(text)));
}

std::u32string fix_segment(std::u32string text, Entities entities) {
  for (int rounds = kMostRounds; rounds > 0; --rounds) {
    const bool unescapes = entities == Entities::kUnescape;
    const std::u32string unescaped = unescapes ? html_unescape_closed(text) : text;
    std::u32string fixed = fix_unescaped(unescaped, rounds);
    if (fixed == text) return fixed;
    // If only entities are left to repair, rounds that do the same are combined. The other steps don't look
    // into an escaped ampersand, so its length doesn't matter to them.
    text = unescapes && fixed == unescaped ? skip_nested_levels(fixed) : std::move(fixed);
  }
  return text;
}

}  // namespace

std::u32string fix_text(std::u32string_view text) {
  std::u32string result;
  Entities entities = Entities::kUnescape;
  while (!text.empty()) {
    const std::size_t line_break = text.find(U'\n');
    const std::size_t line = line_break == std::u32string_view::npos ? text.size() : line_break + 1;
    const std::u32string_view segment = text.substr(0, std::min(line, kLongestSegment));
    // A `<` means HTML, in which entities are intended. From this line on, they are kept.
    if (segment.find(U'<') != std::u32string_view::npos) entities = Entities::kKeep;
    result.append(fix_segment(std::u32string(segment), entities));
    text.remove_prefix(segment.size());
  }
  return result;
}

}  // namespace tise::text
