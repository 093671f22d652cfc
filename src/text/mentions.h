#pragma once

#include <map>
#include <string>
#include <vector>

#include "tise/text/lexicon.h"
#include "words.h"

namespace tise::text {

/// A noun that means an object of a class.
struct Mention {
  std::size_t first = 0;  ///< index of its first word
  std::size_t last = 0;   ///< index of its last word
  std::size_t label = 0;
  Noun noun;
};

/// The nouns that mean objects of a class, in text order. Leaves out parts of compounds, colors, verbs,
/// absent things (`no people`) and likenesses (`shaped like a train`).
std::vector<Mention> find_mentions(const std::vector<Word>& words, const Lexicon& lexicon);

/// How many objects of each class a text asks for: the sum over its count words. A class without count words,
/// or with further objects of unknown number (`a man and several people`), has no count.
std::map<std::string, double> count_objects(const std::vector<Word>& words,
                                            const std::vector<Mention>& mentions, const Lexicon& lexicon);

}  // namespace tise::text
