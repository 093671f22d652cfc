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

/// A caption's positional word, and the caption with the opposite meaning.
struct Position {
  std::string word;      ///< one of TISE's fifteen
  std::string opposite;  ///< the caption with only this word replaced
};

/// The first positional word of a caption, and the opposite caption. If several words begin at the same
/// place, the longest counts. Returns nullopt if the caption has none.
std::optional<Position> find_position(std::string_view caption);

/// The caption with a positional word replaced by its opposite. Returns nullopt if the caption doesn't
/// contain that word.
std::optional<std::string> opposite_caption(std::string_view caption, std::string_view word);

/// The positions, numbers and classes that a caption states (docs/annotation.md has the rules).
struct Annotation {
  std::optional<std::string> position;   ///< positional word
  std::optional<std::string> opposite;   ///< the caption with the opposite word
  std::map<std::string, double> counts;  ///< class → number
  std::vector<std::string> objects;      ///< mentioned classes, in order of first mention, each once
};

Annotation annotate(std::string_view caption, const Lexicon& lexicon);

/// Fills in what an item of a captions file doesn't state: the opposite of its stated position, or both
/// position and opposite; counts; objects. What it states is kept, except that names in its counts and
/// objects become the lexicon's labels (numbers of names with the same label add up). Throws InputError if a
/// class is unknown, or if no opposite can be derived for a stated position. The message names file, item and
/// name.
void complete(data::Item& item, const Lexicon& lexicon, const std::filesystem::path& captions);

/// Same, for position and opposite only. Needs no class names.
void complete_position(data::Item& item, const std::filesystem::path& captions);

}  // namespace tise::text
