#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tise::text {

/// What separates a word from the one before it.
enum class Gap {
  kStart,   ///< it is the first word
  kSpace,   ///< white space or quotation marks
  kHyphen,  ///< one hyphen: `close-up`
  kComma,   ///< a comma or a slash
  kBreak,   ///< any other punctuation: the end of a sentence or of a clause
};

/// A run of letters and digits. `&` becomes the word `and`.
struct Word {
  std::string text;       ///< lower case, without a possessive ending
  std::size_t begin = 0;  ///< range of code points of the text
  std::size_t end = 0;
  Gap gap = Gap::kStart;
  bool possessive = false;  ///< `dog's`, `dogs'`
};

std::vector<Word> split_words(std::u32string_view text);

/// The words of a name in lower case, joined with spaces: the same for all spellings of a name.
std::string joined_words(std::string_view name);

/// Whether only white space or a hyphen separates the word from the one before it.
bool is_adjacent(const Word& word);

}  // namespace tise::text
