#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tise::text {

/// What stands between a word and the one before it.
enum class Gap {
  kStart,   ///< nothing is before it
  kSpace,   ///< white space or quotation marks
  kHyphen,  ///< one hyphen: `close-up`
  kComma,   ///< a comma or a slash
  kBreak,   ///< any other punctuation: the end of a sentence or of a clause
};

/// A run of letters and digits. An `&` is the word `and`.
struct Word {
  std::string text;       ///< lower case, without a possessive ending
  std::size_t begin = 0;  ///< code points of the text
  std::size_t end = 0;
  Gap gap = Gap::kStart;
  bool possessive = false;  ///< `dog's`, `dogs'`
};

std::vector<Word> split_words(std::u32string_view text);

/// The words' texts with a blank between them: what two spellings of a name have in common.
std::string joined_words(std::string_view name);

/// Whether the word follows the one before it with nothing but white space or a hyphen in between.
bool is_adjacent(const Word& word);

}  // namespace tise::text
