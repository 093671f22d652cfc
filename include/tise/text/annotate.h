#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tise/data/captions.h"
#include "tise/text/lexicon.h"

namespace tise::text {

/// A caption's positional word and the caption that says the opposite.
struct Position {
  std::string word;      ///< one of TISE's fifteen
  std::string opposite;  ///< the caption with only that word replaced
};

/// The first positional word of a caption (the longest where several begin) with the opposite caption;
/// nothing where it has none.
std::optional<Position> find_position(std::string_view caption);

/// The caption with the opposite of one of the positional words; nothing where it doesn't have that word.
std::optional<std::string> opposite_caption(std::string_view caption, std::string_view word);

/// What a caption says of positions, numbers and classes (docs/annotation.md has the rules).
struct Annotation {
  std::optional<std::string> position;   ///< positional word
  std::optional<std::string> opposite;   ///< the caption with the opposite word
  std::map<std::string, double> counts;  ///< class to number
  std::vector<std::string> objects;      ///< mentioned classes, in order of first mention, each once
};

Annotation annotate(std::string_view caption, const Lexicon& lexicon);

/// Fills in what an item of a captions file doesn't state: an opposite for the position that it states, else
/// both; counts; objects. What it states stays, except that the names in its counts and objects become the
/// lexicon's labels (numbers of names that mean one label add up). Throws InputError that names file, item
/// and name where a class isn't known, or where the item states a position that has no opposite in its
/// caption.
void complete(data::Item& item, const Lexicon& lexicon, const std::filesystem::path& captions);

/// Position and opposite alone: needs no class names.
void complete_position(data::Item& item, const std::filesystem::path& captions);

}  // namespace tise::text
