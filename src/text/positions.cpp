// TISE's fifteen positional words and their opposites (Dinh et al., "TISE", ECCV 2022). They are matched as
// whole words, in any case. Exceptions: in `on the left`, the position is `left`; `on top` without `of` isn't
// a position; in `left on a bench`, the position is `on`; the `right` in `right next to` isn't a position.

#include "positions.h"

#include <algorithm>
#include <array>

#include "function_words.h"

namespace tise::text {
namespace {

using namespace std::string_view_literals;

struct Opposites {
  std::string_view word;
  std::string_view opposite;
};

/// Longest first.
constexpr std::array kPositions{
    Opposites{"in front of", "behind"}, Opposites{"on top of", "under"},   Opposites{"above", "below"},
    Opposites{"below", "above"},        Opposites{"right", "left"},        Opposites{"left", "right"},
    Opposites{"far", "near"},           Opposites{"near", "far from"},     Opposites{"outside", "inside"},
    Opposites{"inside", "outside"},     Opposites{"between", "away from"}, Opposites{"bottom", "top"},
    Opposites{"behind", "in front of"}, Opposites{"on", "under"},          Opposites{"under", "on top of"}};

/// After these words, `left` and `right` mean a side.
constexpr std::array kBeforeSides{"the"sv,   "to"sv,    "its"sv,  "his"sv,    "her"sv,
                                  "their"sv, "far"sv,   "top"sv,  "bottom"sv, "upper"sv,
                                  "lower"sv, "front"sv, "back"sv, "facing"sv};
constexpr std::array kAfterLeaving{"on"sv,    "in"sv,     "out"sv,     "over"sv,   "alone"sv, "unattended"sv,
                                   "at"sv,    "behind"sv, "outside"sv, "inside"sv, "under"sv, "near"sv,
                                   "after"sv, "for"sv,    "open"sv,    "the"sv,    "a"sv,     "his"sv,
                                   "her"sv,   "their"sv,  "between"sv, "by"sv,     "up"sv};
constexpr std::array kAfterExactly{
    "next"sv, "now"sv,     "after"sv,   "before"sv, "beside"sv,  "by"sv,    "at"sv,      "in"sv,
    "on"sv,   "above"sv,   "below"sv,   "behind"sv, "under"sv,   "near"sv,  "outside"sv, "inside"sv,
    "up"sv,   "down"sv,    "over"sv,    "out"sv,    "through"sv, "along"sv, "against"sv, "off"sv,
    "into"sv, "between"sv, "beneath"sv, "where"sv,  "when"sv,    "as"sv,    "onto"sv,    "underneath"sv};
constexpr std::array kAfterByFar{"as"sv, "too"sv, "more"sv, "less"sv, "better"sv, "ahead"sv};
constexpr std::array kSides{"left"sv, "right"sv, "bottom"sv, "inside"sv, "outside"sv, "far"sv};

/// Finds positional words in a text.
class Finder {
 public:
  explicit Finder(const std::vector<Word>& words) : words_(words) {}

  std::optional<FoundPosition> first() const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      for (const Opposites& position : kPositions) {
        const std::size_t length = length_at(i, position.word);
        if (length == 0) continue;
        if (is_position(i, position.word)) return found(i, length, position);
        break;
      }
    }
    return std::nullopt;
  }

  std::optional<FoundPosition> first_of(const Opposites& position) const {
    std::optional<FoundPosition> any;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const std::size_t length = length_at(i, position.word);
      if (length == 0) continue;
      if (is_position(i, position.word)) return found(i, length, position);
      if (!any) any = found(i, length, position);
    }
    return any;
  }

 private:
  bool is_spaced(std::size_t i) const { return i < words_.size() && words_[i].gap == Gap::kSpace; }
  /// The word after or before another if only white space separates them; else empty.
  std::string_view spaced_after(std::size_t i) const {
    return is_spaced(i + 1) ? std::string_view(words_[i + 1].text) : std::string_view();
  }
  std::string_view spaced_before(std::size_t i) const {
    return i > 0 && is_spaced(i) ? std::string_view(words_[i - 1].text) : std::string_view();
  }

  /// Number of words of the phrase, if it begins at word `i`; else 0.
  std::size_t length_at(std::size_t i, std::string_view phrase) const {
    if (words_[i].gap == Gap::kHyphen) return 0;
    for (std::size_t length = 0;; ++length) {
      const std::size_t blank = phrase.find(' ');
      const std::size_t at = i + length;
      if (at >= words_.size() || words_[at].text != phrase.substr(0, blank) || words_[at].possessive)
        return 0;
      if (length > 0 && !is_spaced(at)) return 0;
      if (blank == std::string_view::npos) {
        return at + 1 < words_.size() && words_[at + 1].gap == Gap::kHyphen ? 0 : length + 1;
      }
      phrase.remove_prefix(blank + 1);
    }
  }

  bool is_position(std::size_t i, std::string_view word) const {
    const std::string_view before = spaced_before(i);
    const std::string_view after = spaced_after(i);
    if (word == "left") return contains(kBeforeSides, before) || !contains(kAfterLeaving, after);
    if (word == "right") return contains(kBeforeSides, before) || !contains(kAfterExactly, after);
    if (word == "far")
      return before != "so" && before != "as" && before != "by" && before != "how" &&
             !contains(kAfterByFar, after);
    if (word == "on") return after != "top" && !introduces_side(i);
    return true;
  }

  /// `on the left`, `on its right`, `on the far left`.
  bool introduces_side(std::size_t i) const {
    if (contains(kSides, spaced_after(i))) return true;
    if (spaced_after(i) == "the" && spaced_after(i + 1) == "top" && spaced_after(i + 2) != "of") return true;
    return (spaced_after(i) == "the" || is_possessive_determiner(spaced_after(i))) &&
           contains(kSides, spaced_after(i + 1));
  }

  FoundPosition found(std::size_t i, std::size_t length, const Opposites& position) const {
    FoundPosition found{position.word, std::string(position.opposite), words_[i].begin,
                        words_[i + length - 1].end};
    const std::size_t last = i + length - 1;
    if (position.word == "far") {
      replace_far(last, found);
    } else if (position.word == "near") {
      if (spaced_after(last) == "to") found.end = words_[last + 1].end;
      if (!is_spaced(last + 1)) found.replacement = "far away";
    } else if (position.word == "between" && spaced_before(i) == "in") {
      found.begin = words_[i - 1].begin;
    } else if (position.word == "behind" && !is_spaced(last + 1)) {
      found.replacement = "in front";
    } else if (position.word == "under" && !is_spaced(last + 1)) {
      found.replacement = "on top";
    }
    return found;
  }

  /// `far from` and `far away from` are `near`, `far away` alone is `nearby`.
  void replace_far(std::size_t last, FoundPosition& found) const {
    if (spaced_after(last) == "away") {
      ++last;
      found.replacement = "nearby";
    }
    if (spaced_after(last) == "from") {
      ++last;
      found.replacement = "near";
    }
    found.end = words_[last].end;
  }

  const std::vector<Word>& words_;
};

const Opposites* find_opposites(std::string_view word) {
  const std::string wanted = joined_words(word);
  const auto found = std::find_if(kPositions.begin(), kPositions.end(),
                                  [&](const Opposites& position) { return position.word == wanted; });
  return found == kPositions.end() ? nullptr : &*found;
}

}  // namespace

std::optional<FoundPosition> first_position(const std::vector<Word>& words) { return Finder(words).first(); }

std::optional<FoundPosition> position_of(const std::vector<Word>& words, std::string_view word) {
  const Opposites* position = find_opposites(word);
  return position == nullptr ? std::nullopt : Finder(words).first_of(*position);
}

std::optional<std::string> positional_word(std::string_view word) {
  const Opposites* position = find_opposites(word);
  if (position == nullptr) return std::nullopt;
  return std::string(position->word);
}

}  // namespace tise::text
