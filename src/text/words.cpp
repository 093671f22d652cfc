#include "words.h"

#include <algorithm>
#include <utility>

#include "unicode.h"

namespace tise::text {
namespace {

bool is_apostrophe(char32_t c) { return c == U'\'' || c == U'\u2019'; }

bool is_hyphen(char32_t c) { return c == U'-' || c == U'\u2010' || c == U'\u2011'; }

bool is_quotation_mark(char32_t c) {
  return is_apostrophe(c) || c == U'"' || c == U'`' || c == U'\u2018' || c == U'\u201C' || c == U'\u201D';
}

bool is_combining_mark(char32_t c) { return c >= 0x0300 && c <= 0x036F; }

bool is_word_character(char32_t c) { return is_letter(c) || is_number(c) || is_combining_mark(c); }

Gap gap_of(std::u32string_view between) {
  if (between.size() == 1 && is_hyphen(between[0])) return Gap::kHyphen;
  Gap gap = Gap::kSpace;
  for (const char32_t c : between) {
    if (is_space(c) || is_quotation_mark(c)) continue;
    if (c != U',' && c != U'/') return Gap::kBreak;
    gap = Gap::kComma;
  }
  return gap;
}

/// Goes through a text word by word.
class Splitter {
 public:
  explicit Splitter(std::u32string_view text) : text_(text) {}

  std::vector<Word> split() {
    while (at_ < text_.size()) {
      if (is_initial(at_) && at_ + 2 < text_.size() && is_initial(at_ + 2)) {
        take_abbreviation();
      } else if (is_word_character(text_[at_])) {
        take_word();
      } else if (text_[at_] == U'&') {
        ++at_;
        add(U"and", at_ - 1, at_, false);
      } else {
        if (is_apostrophe(text_[at_])) quote_open_ = !quote_open_;
        ++at_;
      }
    }
    return std::move(words_);
  }

 private:
  bool is_word_at(std::size_t i) const { return i < text_.size() && is_word_character(text_[i]); }

  /// At an apostrophe: whether `'s` ends the word.
  bool ends_in_s() const {
    return (text_[at_ + 1] == U's' || text_[at_ + 1] == U'S') && !is_word_at(at_ + 2);
  }

  /// After a word: whether an apostrophe is that of `dogs' tails` and not a closing quotation mark.
  bool is_plural_possessive(std::u32string_view word) const {
    return at_ < text_.size() && is_apostrophe(text_[at_]) && !quote_open_ &&
           (word.back() == U's' || word.back() == U'S');
  }

  /// Whether a single letter with a dot after it begins at `i`.
  bool is_initial(std::size_t i) const {
    return is_letter(text_[i]) && (i == 0 || !is_word_at(i - 1)) && i + 1 < text_.size() &&
           text_[i + 1] == U'.';
  }

  /// `T.V.`: the word `tv`.
  void take_abbreviation() {
    const std::size_t begin = at_;
    std::u32string letters;
    for (; at_ < text_.size() && is_initial(at_); at_ += 2) letters += text_[at_];
    add(letters, begin, at_, false);
  }

  void take_word() {
    const std::size_t begin = at_;
    bool possessive = false;
    std::size_t letters_end = 0;
    for (;;) {
      while (is_word_at(at_)) ++at_;
      letters_end = at_;
      if (at_ >= text_.size() || !is_apostrophe(text_[at_]) || !is_word_at(at_ + 1)) break;
      if (ends_in_s()) {
        possessive = true;
        at_ += 2;
        break;
      }
      ++at_;
    }
    const std::u32string_view word = text_.substr(begin, letters_end - begin);
    if (!possessive && is_plural_possessive(word)) {
      possessive = true;
      ++at_;
    }
    add(word, begin, at_, possessive);
  }

  void add(std::u32string_view word, std::size_t begin, std::size_t end, bool possessive) {
    const Gap gap =
        words_.empty() ? Gap::kStart : gap_of(text_.substr(words_.back().end, begin - words_.back().end));
    words_.push_back({to_utf8(lower(word)), begin, end, gap, possessive});
  }

  std::u32string_view text_;
  std::size_t at_ = 0;
  bool quote_open_ = false;
  std::vector<Word> words_;
};

}  // namespace

std::vector<Word> split_words(std::u32string_view text) { return Splitter(text).split(); }

std::string joined_words(std::string_view name) {
  std::string joined;
  for (const Word& word : split_words(to_utf32(name))) {
    if (!joined.empty()) joined += ' ';
    joined += word.text;
  }
  return joined;
}

bool is_adjacent(const Word& word) { return word.gap == Gap::kSpace || word.gap == Gap::kHyphen; }

}  // namespace tise::text
