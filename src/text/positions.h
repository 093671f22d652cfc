#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "words.h"

namespace tise::text {

/// A positional word in a text, and its replacement in the opposite text.
struct FoundPosition {
  std::string_view word;    ///< as in the list of positional words: `in front of`
  std::string replacement;  ///< lower case
  std::size_t begin = 0;    ///< range of code points that it replaces
  std::size_t end = 0;
};

/// The first positional word of a text. If several begin at the same place, the longest counts.
std::optional<FoundPosition> first_position(const std::vector<Word>& words);

/// Where a text has the given positional word: the first place where it means a position, or else the first
/// place. Returns nullopt if the text doesn't contain the word, or it isn't a positional word.
std::optional<FoundPosition> position_of(const std::vector<Word>& words, std::string_view word);

/// The positional word as in the list; case and white space are ignored. Returns nullopt if it isn't one.
std::optional<std::string> positional_word(std::string_view word);

}  // namespace tise::text
