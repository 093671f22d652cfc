#pragma once

#include <map>
#include <string>
#include <vector>

#include "tise/text/lexicon.h"
#include "words.h"

namespace tise::text {

/// A noun that means an object of a class.
struct Mention {
  std::size_t first = 0;  ///< its words
  std::size_t last = 0;
  std::size_t label = 0;
  Noun noun;
};

/// The classes' nouns in the order of the text, without those that mean no object of the class: parts of
/// compounds, colours, verbs, what isn't there (`no people`) and what something only looks like.
std::vector<Mention> find_mentions(const std::vector<Word>& words, const Lexicon& lexicon);

/// How many objects of each class a text asks for, of the classes that it counts: the sum over count words. A
/// class with further objects of no known number (`a man and several people`) has no count.
std::map<std::string, double> count_objects(const std::vector<Word>& words,
                                            const std::vector<Mention>& mentions, const Lexicon& lexicon);

}  // namespace tise::text
