#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "words.h"

namespace tise::text {

/// A positional word in a text, and what stands in its place in the opposite text.
struct FoundPosition {
  std::string_view word;    ///< as the list has it: `in front of`
  std::string replacement;  ///< lower case
  std::size_t begin = 0;    ///< code points of the text that it replaces
  std::size_t end = 0;
};

/// The first positional word of a text, the longest where several begin.
std::optional<FoundPosition> first_position(const std::vector<Word>& words);

/// The first place of one of the positional words, also where it seems to mean something else. Nothing where
/// the text doesn't have it or it is none of them.
std::optional<FoundPosition> position_of(const std::vector<Word>& words, std::string_view word);

/// The positional word as the list has it, whatever its letters' case and its white space; nothing where it
/// is none of them.
std::optional<std::string> positional_word(std::string_view word);

}  // namespace tise::text
