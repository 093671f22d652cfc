#include "function_words.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tise::text {
namespace {

using namespace std::string_view_literals;

constexpr std::array kNumbers{std::pair{"a"sv, 1},      std::pair{"an"sv, 1},    std::pair{"one"sv, 1},
                              std::pair{"two"sv, 2},    std::pair{"three"sv, 3}, std::pair{"four"sv, 4},
                              std::pair{"another"sv, 1}};
constexpr std::array kDemonstratives{"the"sv, "this"sv, "that"sv, "these"sv, "those"sv, "both"sv, "all"sv};
constexpr std::array kPossessives{"my"sv, "your"sv, "his"sv, "her"sv, "its"sv, "our"sv, "their"sv};
constexpr std::array kPronouns{"he"sv, "she"sv, "it"sv, "who"sv, "which"sv, "that"sv};
constexpr std::array kColours{"black"sv,  "white"sv,  "red"sv,    "green"sv, "blue"sv,
                              "yellow"sv, "purple"sv, "orange"sv, "pink"sv,  "brown"sv,
                              "gray"sv,   "grey"sv,   "tan"sv,    "beige"sv, "gold"sv,
                              "golden"sv, "silver"sv, "dark"sv,   "light"sv, "striped"sv};
constexpr std::array kSizes{"big"sv,  "small"sv, "large"sv, "little"sv, "tiny"sv,
                            "huge"sv, "young"sv, "old"sv,   "tall"sv,   "short"sv};
constexpr std::array kPrepositions{
    "of"sv,        "in"sv,     "on"sv,      "at"sv,        "by"sv,      "with"sv,    "without"sv,
    "to"sv,        "from"sv,   "for"sv,     "as"sv,        "like"sv,    "into"sv,    "onto"sv,
    "off"sv,       "over"sv,   "under"sv,   "above"sv,     "below"sv,   "behind"sv,  "beside"sv,
    "near"sv,      "next"sv,   "between"sv, "among"sv,     "amongst"sv, "inside"sv,  "outside"sv,
    "through"sv,   "across"sv, "along"sv,   "around"sv,    "against"sv, "beneath"sv, "underneath"sv,
    "past"sv,      "down"sv,   "up"sv,      "during"sv,    "atop"sv,    "towards"sv, "toward"sv,
    "alongside"sv, "via"sv,    "than"sv,    "including"sv, "except"sv};
constexpr std::array kIndefinite{
    "no"sv,        "not"sv,      "some"sv,   "any"sv,     "many"sv,   "several"sv,  "few"sv,
    "various"sv,   "multiple"sv, "more"sv,   "most"sv,    "each"sv,   "every"sv,    "lot"sv,
    "lots"sv,      "couple"sv,   "bunch"sv,  "group"sv,   "pair"sv,   "pairs"sv,    "herd"sv,
    "flock"sv,     "pack"sv,     "number"sv, "variety"sv, "dozen"sv,  "dozens"sv,   "hundred"sv,
    "hundreds"sv,  "row"sv,      "stack"sv,  "pile"sv,    "five"sv,   "six"sv,      "seven"sv,
    "eight"sv,     "nine"sv,     "ten"sv,    "eleven"sv,  "twelve"sv, "numerous"sv, "assorted"sv,
    "different"sv, "enough"sv};
constexpr std::array kOthers{
    "is"sv,     "are"sv,  "was"sv,  "were"sv, "be"sv,   "being"sv, "been"sv, "has"sv,     "have"sv,  "had"sv,
    "having"sv, "do"sv,   "does"sv, "can"sv,  "will"sv, "there"sv, "here"sv, "he"sv,      "she"sv,   "it"sv,
    "they"sv,   "we"sv,   "you"sv,  "i"sv,    "him"sv,  "them"sv,  "who"sv,  "which"sv,   "where"sv, "when"sv,
    "while"sv,  "what"sv, "or"sv,   "nor"sv,  "but"sv,  "so"sv,    "if"sv,   "because"sv, "then"sv,  "not"sv};
constexpr std::array kAfterNouns{"sits"sv,    "sitting"sv, "sit"sv,        "lies"sv,   "lying"sv, "laying"sv,
                                 "hanging"sv, "placed"sv,  "surrounded"sv, "cut"sv,    "that"sv,  "ready"sv,
                                 "growing"sv, "resting"sv, "left"sv,       "sliced"sv, "held"sv,  "hangs"sv};

bool is_digits(std::string_view word) {
  return std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<int> number_of(std::string_view word) {
  for (const auto& [count_word, number] : kNumbers) {
    if (word == count_word) return number;
  }
  return std::nullopt;
}

bool is_article(std::string_view word) { return word == "a" || word == "an" || word == "the"; }

bool is_demonstrative(std::string_view word) { return contains(kDemonstratives, word); }

bool is_possessive_determiner(std::string_view word) { return contains(kPossessives, word); }

bool is_personal_pronoun(std::string_view word) { return contains(kPronouns, word); }

bool is_colour_word(std::string_view word) { return contains(kColours, word); }

bool is_plain_adjective(std::string_view word) { return is_colour_word(word) || contains(kSizes, word); }

bool is_function_word(std::string_view word) {
  return contains(kPrepositions, word) || contains(kIndefinite, word) || contains(kOthers, word) ||
         is_digits(word);
}

bool follows_a_noun(std::string_view word) {
  return is_function_word(word) || is_article(word) || contains(kAfterNouns, word);
}

}  // namespace tise::text
