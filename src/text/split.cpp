// The pattern of openai/CLIP's simple_tokenizer.py, read without a regular expression:
//
//     <\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+
//
// It ignores case. The text is lower case already, so that this matters for one character only: the long s,
// `ſ`, is its own lower case and yet matches `s`. It also makes the last set, a negated one, shut out what
// has a letter for a case variant: U+0345, the combining iota, matches nothing and is dropped.

#include "split.h"

#include <array>

#include "unicode.h"

namespace tise::text {
namespace {

bool starts_with(std::u32string_view text, std::u32string_view word) {
  if (text.size() < word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (text[i] != word[i] && !(word[i] == U's' && text[i] == U'ſ')) return false;
  }
  return true;
}

constexpr char32_t kCombiningIota = 0x0345;

bool is_other(char32_t c) { return c != kCombiningIota && !is_space(c) && !is_letter(c) && !is_number(c); }

template <typename Predicate>
std::size_t run_length(std::u32string_view text, const Predicate& belongs) {
  std::size_t length = 0;
  while (length < text.size() && belongs(text[length])) ++length;
  return length;
}

// The length of the word at the beginning of the text, 0 for white space.
std::size_t word_length(std::u32string_view text) {
  constexpr std::array<std::u32string_view, 9> kFixed = {kStartOfText, kEndOfText, U"'s",  U"'t", U"'re",
                                                         U"'ve",       U"'m",      U"'ll", U"'d"};
  for (const std::u32string_view word : kFixed) {
    if (starts_with(text, word)) return word.size();
  }
  if (is_letter(text.front())) return run_length(text, is_letter);
  if (is_number(text.front())) return 1;
  return run_length(text, is_other);
}

}  // namespace

std::vector<std::u32string_view> split(std::u32string_view text) {
  std::vector<std::u32string_view> words;
  while (!text.empty()) {
    const std::size_t length = word_length(text);
    if (length > 0) words.push_back(text.substr(0, length));
    text.remove_prefix(length > 0 ? length : 1);
  }
  return words;
}

}  // namespace tise::text
