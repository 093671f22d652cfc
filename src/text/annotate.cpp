#include "tise/text/annotate.h"

#include <algorithm>
#include <utility>

#include "mentions.h"
#include "positions.h"
#include "unicode.h"
#include "words.h"

namespace tise::text {
namespace {

/// Copies the case of the replaced word: all capitals, a capital first letter, or lower case.
std::u32string cased_like(std::u32string_view original, std::string_view replacement) {
  std::u32string cased = to_utf32(replacement);
  const bool all = std::none_of(original.begin(), original.end(), is_lower_case);
  for (std::size_t i = 0; i < cased.size(); ++i) {
    const bool capital = all || (i == 0 && is_upper_case(original.front()));
    if (capital && cased[i] >= U'a' && cased[i] <= U'z') cased[i] -= U'a' - U'A';
  }
  return cased;
}

std::string opposite_of(std::u32string_view caption, const FoundPosition& position) {
  const std::u32string_view original = caption.substr(position.begin, position.end - position.begin);
  std::u32string opposite(caption.substr(0, position.begin));
  opposite += cased_like(original, position.replacement);
  opposite += caption.substr(position.end);
  return to_utf8(opposite);
}

std::optional<Position> position_in(std::u32string_view caption, const std::vector<Word>& words) {
  const auto found = first_position(words);
  if (!found) return std::nullopt;
  return Position{std::string(found->word), opposite_of(caption, *found)};
}

}  // namespace

std::optional<Position> find_position(std::string_view caption) {
  const std::u32string text = to_utf32(caption);
  return position_in(text, split_words(text));
}

std::optional<std::string> opposite_caption(std::string_view caption, std::string_view word) {
  const std::u32string text = to_utf32(caption);
  const auto found = position_of(split_words(text), word);
  if (!found) return std::nullopt;
  return opposite_of(text, *found);
}

Annotation annotate(std::string_view caption, const Lexicon& lexicon) {
  Annotation annotation;
  const std::u32string text = to_utf32(caption);
  const std::vector<Word> words = split_words(text);
  if (auto position = position_in(text, words)) {
    annotation.position = std::move(position->word);
    annotation.opposite = std::move(position->opposite);
  }
  const std::vector<Mention> mentions = find_mentions(words, lexicon);
  annotation.counts = count_objects(words, mentions, lexicon);
  for (const Mention& mention : mentions) {
    const std::string& label = lexicon.labels()[mention.label];
    auto& objects = annotation.objects;
    if (std::find(objects.begin(), objects.end(), label) == objects.end()) objects.push_back(label);
  }
  return annotation;
}

}  // namespace tise::text
