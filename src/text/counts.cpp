// A noun has a count if its phrase begins with a count word. The phrase is searched from the noun backwards,
// over adjectives and nouns that modify it, to a determiner. Other determiners show whether there are further
// objects; if there may be, the class has no count.

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include "function_words.h"
#include "mentions.h"

namespace tise::text {
namespace {

constexpr std::size_t kMostModifiers = 5;

struct Determiner {
  enum class Kind {
    kNone,      ///< `dogs`, `several dogs`
    kCount,     ///< `two dogs`
    kDefinite,  ///< `the dogs`
    kOwn,       ///< `her dogs`
    kOther,     ///< `the other dog`
  };
  Kind kind = Kind::kNone;
  int number = 0;
  bool definite = false;  ///< `the two dogs`: may have been mentioned before
};

/// A plural that doesn't modify a noun: `glasses` in `three glasses containing oranges`.
bool looks_like_plural_noun(std::string_view word) {
  static constexpr std::string_view kNotPlural[] = {"sports", "wooden", "swiss", "dress", "jeans"};
  if (std::find(std::begin(kNotPlural), std::end(kNotPlural), word) != std::end(kNotPlural)) return false;
  return word.size() > 3 && word.ends_with("s") && !word.ends_with("ss") && !word.ends_with("us") &&
         !word.ends_with("is");
}

bool agrees(int number, Number noun) {
  return noun == Number::kEither || (number == 1) == (noun == Number::kSingular);
}

/// Finds the determiners of all mentions, in order.
class Determiners {
 public:
  Determiners(const std::vector<Word>& words, const std::vector<Mention>& mentions, const Lexicon& lexicon)
      : words_(words), mentions_(mentions), lexicon_(lexicon) {}

  std::vector<Determiner> find() {
    for (std::size_t i = 0; i < mentions_.size(); ++i) found_.push_back(determiner_of(i));
    return found_;
  }

 private:
  const std::string& text(std::size_t word) const { return words_[word].text; }
  bool is_word(std::size_t word, std::string_view wanted) const { return text(word) == wanted; }
  bool starts_clause(std::size_t word) const {
    return words_[word].gap == Gap::kBreak || words_[word].gap == Gap::kStart;
  }

  /// In `a horse drawn carriage`, `a` belongs to the carriage.
  Determiner determiner_of(std::size_t i) const {
    const Mention& mention = mentions_[i];
    if (mention.last + 1 < words_.size() && is_word(mention.last + 1, "drawn")) return {};
    bool coordinated = false;
    bool other = false;
    std::size_t modifiers = 0;
    for (std::size_t at = mention.first; !starts_clause(at) && modifiers <= kMostModifiers;) {
      coordinated = coordinated || words_[at].gap == Gap::kComma;
      --at;
      if (i > 0 && at == mentions_[i - 1].last) return shared_with(i - 1, mention, coordinated);
      if (words_[at].possessive || is_possessive_determiner(text(at)))
        return {Determiner::Kind::kOwn, 0, false};
      if (is_demonstrative(text(at))) {
        return {other ? Determiner::Kind::kOther : Determiner::Kind::kDefinite, 0, false};
      }
      if (const auto number = count_at(at)) {
        if (agrees(*number, mention.noun.number) || is_uninflected(mention)) return counted(*number, at, i);
        if (*number == 1) return {};
      } else if (is_word(at, "and")) {
        coordinated = true;
        continue;
      } else if (is_word(at, "of") && at > 0 && lexicon_.traits(mention.label).comes_in_pairs) {
        return pairs_at(at - 1);
      } else if (is_function_word(text(at)) || looks_like_plural_noun(text(at))) {
        return {};
      }
      other = other || is_word(at, "other");
      ++modifiers;
    }
    return {};
  }

  /// `two giraffe at a watering hole`: an animal's name may have no plural ending.
  bool is_uninflected(const Mention& mention) const {
    if (!lexicon_.traits(mention.label).animal) return false;
    const std::size_t next = mention.last + 1;
    return next >= words_.size() || !is_adjacent(words_[next]) || follows_a_noun(text(next)) ||
           text(next).ends_with("ing");
  }

  /// The number of the count word at `at`, if it is one: not `three` in `three-tiered`, not `one` in `one
  /// holding an umbrella`.
  std::optional<int> count_at(std::size_t at) const {
    const auto number = number_of(text(at));
    if (!number || words_[at + 1].gap == Gap::kHyphen) return std::nullopt;
    if (is_word(at, "one") && text(at + 1).ends_with("ing")) return std::nullopt;
    return number;
  }

  Determiner counted(int number, std::size_t at, std::size_t i) const {
    const bool definite = at > 0 && is_adjacent(words_[at]) && is_demonstrative(text(at - 1));
    if (number == 1) number += elliptic_before(at, i);
    return {Determiner::Kind::kCount, number, definite};
  }

  /// `one black and one white cat`: at the second `one`, the number that the first one adds.
  int elliptic_before(std::size_t at, std::size_t i) const {
    if (at < 3 || !is_word(at - 1, "and")) return 0;
    if (i > 0 && mentions_[i - 1].last == at - 2) return 0;  // `one orange and one apple`
    std::size_t first = at - 2;
    while (first > 0 && is_plain_adjective(text(first))) --first;
    return first < at - 2 && number_of(text(first)) == 1 ? 1 : 0;
  }

  /// `a pair of scissors`, `two pairs of scissors`: at `pair`.
  Determiner pairs_at(std::size_t at) const {
    if ((!is_word(at, "pair") && !is_word(at, "pairs")) || at == 0) return {};
    const auto number = count_at(at - 1);
    if (!number) return {};
    return {Determiner::Kind::kCount, *number, false};
  }

  /// `a knife, fork and spoon`: one article for all nouns, if they are in the singular.
  Determiner shared_with(std::size_t earlier, const Mention& mention, bool coordinated) const {
    const Determiner& shared = found_[earlier];
    if (!coordinated || mention.noun.number != Number::kSingular) return {};
    if (shared.kind != Determiner::Kind::kCount || shared.number != 1) return {};
    return shared;
  }

  const std::vector<Word>& words_;
  const std::vector<Mention>& mentions_;
  const Lexicon& lexicon_;
  std::vector<Determiner> found_;
};

/// What is known about the number of objects of a class.
struct Tally {
  double total = 0;
  bool more = false;  ///< there are further ones, of unknown number
  std::set<std::string> counted_words;

  void add(const Determiner& determiner, const Mention& mention, const std::string& word) {
    const bool singular = mention.noun.number == Number::kSingular;
    switch (determiner.kind) {
      case Determiner::Kind::kCount:
        if (mention.noun.group) {
          more = true;
        } else if (!determiner.definite || total == 0) {
          total += determiner.number;
          counted_words.insert(word);
        }
        return;
      case Determiner::Kind::kDefinite:  // mentioned before, if possible
        if (!singular && total < 2) more = true;
        return;
      case Determiner::Kind::kOwn:  // `a phone … his phone` is one, `a man and his wife` are two
        if (!singular || !counted_words.contains(word)) more = true;
        return;
      case Determiner::Kind::kOther:
        more = true;
        return;
      case Determiner::Kind::kNone:
        if (!singular || mention.noun.group) more = true;
        return;
    }
  }
};

}  // namespace

std::map<std::string, double> count_objects(const std::vector<Word>& words,
                                            const std::vector<Mention>& mentions, const Lexicon& lexicon) {
  const std::vector<Determiner> determiners = Determiners(words, mentions, lexicon).find();
  std::map<std::size_t, Tally> tallies;
  for (std::size_t i = 0; i < mentions.size(); ++i) {
    tallies[mentions[i].label].add(determiners[i], mentions[i], words[mentions[i].last].text);
  }
  std::map<std::string, double> counts;
  for (const auto& [label, tally] : tallies) {
    if (tally.total > 0 && !tally.more) counts[lexicon.labels()[label]] = tally.total;
  }
  return counts;
}

}  // namespace tise::text
