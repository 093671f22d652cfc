#pragma once

#include <map>
#include <string>
#include <vector>

#include "mentions.h"

namespace tise::text {

/// How many objects of each class a text asks for, of the classes that it counts: the sum over count words. A
/// class with further objects of no known number (`a man and several people`) has no count.
std::map<std::string, double> count_objects(const std::vector<Word>& words,
                                            const std::vector<Mention>& mentions, const Lexicon& lexicon);

}  // namespace tise::text
