// A lexicon maps words to classes. Entries added first win: labels, their synonyms, then the words of COCO's
// classes. COCO's compounds are always included, so that a detector that knows only `dog` doesn't take a hot
// dog for a dog.

#include "tise/text/lexicon.h"

#include <algorithm>
#include <limits>

#include "coco_classes.h"
#include "tise/base/names.h"
#include "words.h"

namespace tise::text {
namespace {

constexpr std::string_view kGap = "N/A";  // a gap in torchvision's list of COCO's classes

bool has_several_words(const std::string& name) { return name.find(' ') != std::string::npos; }

bool is_vowel(char c) { return std::string_view("aeiou").find(c) != std::string_view::npos; }

bool takes_es(std::string_view word) {
  return word.ends_with("s") || word.ends_with("x") || word.ends_with("z") || word.ends_with("ch") ||
         word.ends_with("sh");
}

std::string plural_of_word(const std::string& word, const std::map<std::string, std::string>& irregular) {
  if (const auto found = irregular.find(word); found != irregular.end()) return found->second;
  if (takes_es(word)) return word + "es";
  if (word.size() > 1 && word.ends_with("y") && !is_vowel(word[word.size() - 2])) {
    return word.substr(0, word.size() - 1) + "ies";
  }
  return word + "s";
}

/// The plural of an English noun of one or more words. Its last word is inflected, or the one before `of`
/// (`glasses of wine`). `irregular`: singular → plural.
std::string plural_of(const std::string& noun, const std::map<std::string, std::string>& irregular) {
  const std::string head = noun.substr(0, noun.find(" of "));
  const std::size_t blank = head.rfind(' ');
  const std::size_t last = blank == std::string::npos ? 0 : blank + 1;
  return head.substr(0, last) + plural_of_word(head.substr(last), irregular) + noun.substr(head.size());
}

}  // namespace

Lexicon::Lexicon(const std::vector<std::string>& labels,
                 const std::map<std::string, std::vector<std::string>>& synonyms) {
  const CocoClasses coco = coco_classes();
  plurals_ = coco.plurals;
  heads_.insert(coco.heads.begin(), coco.heads.end());
  colours_.insert(coco.also_colours.begin(), coco.also_colours.end());
  group_nouns_.insert(coco.group_nouns.begin(), coco.group_nouns.end());
  kin_.insert(coco.kin.begin(), coco.kin.end());
  for (const std::string& label : labels) {
    if (label != kGap && !index_of(label)) labels_.push_back(label);
  }
  traits_.resize(labels_.size());
  for (std::size_t i = 0; i < labels_.size(); ++i) add_noun(labels_[i], i);
  for (const auto& [label, words] : synonyms) {
    const auto index = index_of(label);
    if (!index) continue;
    for (const std::string& word : words) add_noun(word, index);
  }
  for (const CocoClass& known : coco.classes) add_coco_words(known);
  for (const CocoClass& known : coco.classes) {
    for (const std::string& phrase : known.not_it) add_form(phrase, {});
  }
}

std::optional<std::size_t> Lexicon::index_of(std::string_view label) const {
  const auto found = std::find(labels_.begin(), labels_.end(), label);
  if (found == labels_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - labels_.begin());
}

void Lexicon::add_coco_words(const CocoClass& known) {
  const auto index = index_of(known.label);
  if (index) traits_[*index] = {known.label == "person", known.animal, known.comes_in_pairs};
  for (const std::string& word : known.words) {
    if (index || has_several_words(word)) add_noun(word, index);
  }
  if (!index && has_several_words(known.label)) add_noun(known.label, std::nullopt);
}

void Lexicon::add_noun(const std::string& name, std::optional<std::size_t> label) {
  const std::string singular = joined_words(name);
  if (singular.empty()) return;
  Noun noun;
  noun.label = label;
  noun.group = group_nouns_.contains(singular);
  noun.kin = kin_.contains(singular);
  add_form(singular, noun);
  noun.number = Number::kPlural;
  add_form(plural_of(singular, plurals_), noun);
  // Also `persons` and `knifes`, but not `mans`, a possessive that lost its apostrophe.
  if (!singular.ends_with("man") && !singular.ends_with("child")) add_form(plural_of(singular, {}), noun);
}

void Lexicon::add_form(const std::string& form, Noun noun) {
  const std::string key = joined_words(form);
  noun.words = 1 + static_cast<std::size_t>(std::count(key.begin(), key.end(), ' '));
  longest_ = std::max(longest_, noun.words);
  const auto [known, is_new] = nouns_.emplace(key, noun);
  if (is_new || known->second.label != noun.label || known->second.number == noun.number) return;
  known->second.number = Number::kEither;
}

std::optional<Noun> Lexicon::noun_at(std::span<const std::string> words) const {
  std::string key;
  std::optional<Noun> longest;
  for (std::size_t i = 0; i < std::min(words.size(), longest_); ++i) {
    if (i > 0) key += ' ';
    key += words[i];
    const auto found = nouns_.find(key);
    if (found != nouns_.end()) longest = found->second;
  }
  return longest;
}

std::optional<std::string> Lexicon::label_of(std::string_view name) const {
  if (const auto index = index_of(name)) return labels_[*index];
  const auto found = nouns_.find(joined_words(name));
  if (found == nouns_.end() || !found->second.label) return std::nullopt;
  return labels_[*found->second.label];
}

std::string Lexicon::nearest(std::string_view name) const {
  const std::string wanted = joined_words(name);
  std::string best;
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for (const std::string& label : labels_) {
    const std::size_t distance = edit_distance(wanted, joined_words(label));
    if (distance >= least) continue;
    least = distance;
    best = label;
  }
  return best;
}

std::vector<std::string> coco_labels() {
  std::vector<std::string> labels;
  for (const CocoClass& known : coco_classes().classes) labels.push_back(known.label);
  return labels;
}

}  // namespace tise::text
