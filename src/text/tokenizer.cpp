// A cleaned text is split by the pattern of openai/CLIP's simple_tokenizer.py, without a regular-expression
// engine:
//
//     <\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+
//
// The pattern ignores case. Since the text is already lower case, this matters in two cases only. The long s,
// `ſ`, is its own lower case but matches `s`. And the last set, which is negated, excludes characters that
// have a letter as a case variant: U+0345, the combining iota, matches nothing and is dropped.

#include "tise/text/tokenizer.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "bpe.h"
#include "unicode.h"

namespace tise::text {
namespace {

constexpr std::u32string_view kStartOfText = U"<|startoftext|>";
constexpr std::u32string_view kEndOfText = U"<|endoftext|>";

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
  return static_cast<std::size_t>(std::ranges::find_if_not(text, belongs) - text.begin());
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

/// The words of a cleaned text, as CLIP's pattern splits it: the two special tokens, the endings of English
/// contractions, runs of letters, single digits or other numbers, and runs of anything else except white
/// space.
std::vector<std::u32string_view> split(std::u32string_view text) {
  std::vector<std::u32string_view> words;
  while (!text.empty()) {
    const std::size_t length = word_length(text);
    if (length > 0) words.push_back(text.substr(0, length));
    text.remove_prefix(length > 0 ? length : 1);
  }
  return words;
}

}  // namespace

Tokenizer::Tokenizer(std::string_view merges) : bpe_(std::make_shared<const Bpe>(merges)) {}

Tokens Tokenizer::encode(std::string_view text, std::size_t context_length) const {
  assert(context_length >= 2);
  std::vector<std::int64_t> tokens = {start_token()};
  const std::u32string cleaned = to_utf32(clean(text));
  for (const std::u32string_view word : split(cleaned)) {
    if (tokens.size() >= context_length) break;
    if (word == kStartOfText) {
      tokens.push_back(start_token());
    } else if (word == kEndOfText) {
      tokens.push_back(end_token());
    } else {
      const std::vector<std::int32_t> parts = bpe_->encode(to_utf8(word));
      tokens.insert(tokens.end(), parts.begin(), parts.end());
    }
  }
  tokens.push_back(end_token());
  const bool is_cut = tokens.size() > context_length;
  if (is_cut) {
    tokens.resize(context_length);
    tokens.back() = end_token();
  }
  return {std::move(tokens), is_cut};
}

std::int64_t Tokenizer::start_token() const { return bpe_->size(); }
std::int64_t Tokenizer::end_token() const { return bpe_->size() + 1; }
std::int64_t Tokenizer::vocabulary_size() const { return bpe_->size() + 2; }

}  // namespace tise::text
