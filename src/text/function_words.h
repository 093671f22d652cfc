#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace tise::text {

/// Whether a list contains the word.
template <typename List>
bool contains(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

/// The number of a count word: a, an, one, another (an + other), two, three, four.
std::optional<int> number_of(std::string_view word);

bool is_article(std::string_view word);                ///< a, an, the
bool is_demonstrative(std::string_view word);          ///< the, this, those, both, …
bool is_possessive_determiner(std::string_view word);  ///< his, their, …
bool is_personal_pronoun(std::string_view word);       ///< takes a singular verb: he, who, …
/// Colors and sizes: words that are certainly adjectives.
bool is_plain_adjective(std::string_view word);
bool is_colour_word(std::string_view word);
/// Words that end a noun phrase when going back from its noun: prepositions, pronouns, forms of be and have,
/// words of indefinite number. Doesn't include the words above.
bool is_function_word(std::string_view word);
/// Words that may follow a noun and can't be the second half of a compound.
bool follows_a_noun(std::string_view word);

}  // namespace tise::text
