#include "mentions.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "function_words.h"

namespace tise::text {
namespace {

/// All nouns of the lexicon in a text, the longest at each place. Skips compounds that aren't classes.
std::vector<Mention> find_nouns(const std::vector<Word>& words, const Lexicon& lexicon) {
  std::vector<std::string> texts;
  texts.reserve(words.size());
  for (const Word& word : words) texts.push_back(word.text);
  std::vector<Mention> nouns;
  for (std::size_t i = 0; i < words.size();) {
    std::size_t end = i + 1;
    while (end < words.size() && end < i + lexicon.longest_noun() && is_adjacent(words[end])) ++end;
    const auto noun = lexicon.noun_at(std::span<const std::string>(texts).subspan(i, end - i));
    if (!noun) {
      ++i;
      continue;
    }
    const std::size_t last = i + noun->words - 1;
    if (noun->label && !words[last].possessive) nouns.push_back({i, last, *noun->label, *noun});
    i = last + 1;
  }
  return nouns;
}

/// Decides which nouns mean objects.
class Reading {
 public:
  Reading(const std::vector<Word>& words, const Lexicon& lexicon)
      : words_(words), lexicon_(lexicon), nouns_(find_nouns(words, lexicon)), in_noun_(words.size()) {
    for (const Mention& noun : nouns_) {
      for (std::size_t word = noun.first; word <= noun.last; ++word) in_noun_[word] = true;
    }
  }

  std::vector<Mention> mentions() {
    std::vector<Mention> mentions;
    for (std::size_t i = 0; i < nouns_.size(); ++i) {
      const bool absent = is_absent(i);
      if (!absent && !is_modifier(i) && !is_verb(i) && !is_colour(i) && !is_likeness(i) &&
          !is_animal_family(i)) {
        add_mention(i, mentions);
      }
      previous_is_absent_ = absent;
    }
    return mentions;
  }

 private:
  void add_mention(std::size_t i, std::vector<Mention>& mentions) const {
    Mention mention = nouns_[i];
    if (mention.noun.kin && before(mention) == "its" && !animal_kin(i)) return;
    mention.label = animal_kin(i).value_or(mention.label);
    mentions.push_back(mention);
  }

  std::string_view text(std::size_t word) const {
    return word < words_.size() ? std::string_view(words_[word].text) : std::string_view();
  }
  /// The word right before or after a noun, if only white space or a hyphen separates them; else empty.
  std::string_view before(const Mention& noun) const {
    return noun.first > 0 && is_adjacent(words_[noun.first]) ? text(noun.first - 1) : std::string_view();
  }
  std::string_view after(const Mention& noun) const {
    return noun.last + 1 < words_.size() && is_adjacent(words_[noun.last + 1]) ? text(noun.last + 1)
                                                                               : std::string_view();
  }
  /// The next noun, if no word lies in between; else null.
  const Mention* next_noun(std::size_t i) const {
    if (i + 1 >= nouns_.size()) return nullptr;
    const Mention& next = nouns_[i + 1];
    return next.first == nouns_[i].last + 1 && is_adjacent(words_[next.first]) ? &next : nullptr;
  }
  bool is_person(const Mention& noun) const { return lexicon_.traits(noun.label).person; }
  bool is_animal(const Mention& noun) const { return lexicon_.traits(noun.label).animal; }
  bool looks_plural(const Mention& noun) const {
    return noun.noun.number == Number::kPlural ||
           (noun.noun.number == Number::kEither && words_[noun.last].text.ends_with("s"));
  }

  /// `train` in `train station`, `pizza` in `pizza oven`, `baby` in `baby elephant`. But not a person before
  /// a thing (`a man kite surfing`), nor what somebody rides (`a horse rider`).
  bool is_modifier(std::size_t i) const {
    const Mention& noun = nouns_[i];
    if (noun.noun.number != Number::kSingular) return false;
    if (lexicon_.is_head(std::string(after(noun)))) {
      return text(noun.last + 2) != "like";  // `a cake shaped like a train`
    }
    const Mention* next = next_noun(i);
    if (next == nullptr) return false;
    if (is_person(noun)) return noun.noun.group || is_animal(*next) || next->label == noun.label;
    return !next->noun.group && !text(next->last).starts_with("rider");
  }

  /// A word for a thing, right after a person that disagrees with it in number: `a boy skateboards`, `men
  /// surf`.
  bool is_verb(std::size_t i) const {
    const Mention& noun = nouns_[i];
    if (is_person(noun)) return false;
    if (looks_plural(noun) && is_personal_pronoun(before(noun))) return true;
    if (i == 0 || next_noun(i - 1) != &noun || !is_person(nouns_[i - 1])) return false;
    return looks_plural(noun) != looks_plural(nouns_[i - 1]) && !is_animal(noun);
  }

  /// `orange`, unless it is clearly the fruit: `an orange shirt`, `dressed in orange`.
  bool is_colour(std::size_t i) const {
    const Mention& noun = nouns_[i];
    if (noun.first != noun.last || !lexicon_.is_colour(words_[noun.first].text)) return false;
    const std::string_view determiner = before(noun);
    const bool determined = number_of(determiner) || is_demonstrative(determiner) ||
                            is_possessive_determiner(determiner) ||
                            (noun.first > 1 && number_of(text(noun.first - 2)) &&
                             !is_colour_word(determiner) && !is_function_word(determiner));
    return !determined || !ends_noun_phrase(noun);
  }
  bool ends_noun_phrase(const Mention& noun) const {
    const std::size_t next = noun.last + 1;
    if (next >= words_.size() || words_[next].gap == Gap::kBreak) return true;
    if (words_[next].gap == Gap::kHyphen) return false;
    if (words_[next].gap == Gap::kComma) return !is_colour_word(text(next));
    if (text(next) != "and" && text(next) != "or") return follows_a_noun(text(next));
    return number_of(text(next + 1)) || is_article(text(next + 1)) || is_noun(next + 1);
  }
  bool is_noun(std::size_t word) const {
    return word < words_.size() && in_noun_[word] && !lexicon_.is_colour(words_[word].text);
  }

  /// The word that governs a noun: the first function word before its articles and adjectives.
  std::optional<std::size_t> governor(const Mention& noun) const {
    std::size_t i = noun.first;
    for (int skipped = 0; skipped < 4 && i > 0 && words_[i].gap != Gap::kBreak; ++skipped) {
      --i;
      if (is_article(text(i)) || text(i) == "any" || text(i) == "other") continue;
      if (is_function_word(text(i))) return i;
      if (in_noun_[i] || text(i).ends_with("ing")) return std::nullopt;
    }
    return std::nullopt;
  }

  /// `no people`, `without any cars`, `without cars or people`.
  bool is_absent(std::size_t i) const {
    const auto at = governor(nouns_[i]);
    if (!at) return false;
    if (text(*at) == "or" || text(*at) == "nor") return previous_is_absent_;
    return text(*at) == "no" || text(*at) == "without";
  }

  /// `shaped like a train`, `in the shape of a car`, `dressed as a bear`.
  bool is_likeness(std::size_t i) const {
    const auto at = governor(nouns_[i]);
    if (!at || *at == 0) return false;
    const std::string_view word = text(*at);
    const std::string_view earlier = text(*at - 1);
    return (word == "like" && (earlier == "shaped" || earlier == "dressed")) ||
           (word == "as" && (earlier == "dressed" || earlier == "shaped")) ||
           (word == "of" && (earlier == "shape" || earlier == "form"));
  }

  /// `family` in `an elephant family`.
  bool is_animal_family(std::size_t i) const {
    return nouns_[i].noun.group && i > 0 && next_noun(i - 1) == &nouns_[i] && is_animal(nouns_[i - 1]);
  }

  /// The class of the animal that a word for a person means: `a mother and baby elephant`, `a giraffe and her
  /// baby`.
  std::optional<std::size_t> animal_kin(std::size_t i) const {
    const Mention& noun = nouns_[i];
    if (!noun.noun.kin) return std::nullopt;
    if (i + 1 < nouns_.size() && nouns_[i + 1].noun.kin && text(noun.last + 1) == "and" &&
        nouns_[i + 1].first <= noun.last + 3) {
      const Mention* animal = next_noun(i + 1);
      if (animal != nullptr && is_animal(*animal)) return animal->label;
    }
    if (i == 0 || !is_animal(nouns_[i - 1]) || !is_possessive_determiner(before(noun))) return std::nullopt;
    if (before(noun) != "its" && nouns_[i - 1].last + 3 != noun.first) return std::nullopt;
    return nouns_[i - 1].label;
  }

  const std::vector<Word>& words_;
  const Lexicon& lexicon_;
  std::vector<Mention> nouns_;
  std::vector<bool> in_noun_;  ///< for each word
  bool previous_is_absent_ = false;
};

}  // namespace

std::vector<Mention> find_mentions(const std::vector<Word>& words, const Lexicon& lexicon) {
  return Reading(words, lexicon).mentions();
}

}  // namespace tise::text
