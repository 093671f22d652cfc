#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tise::text {

struct CocoClass;

enum class Number { kSingular, kPlural, kEither };

/// A noun of the lexicon, as found in a text.
struct Noun {
  std::optional<std::size_t> label;  ///< index into Lexicon::labels(); empty if it isn't a class
  Number number = Number::kSingular;
  std::size_t words = 0;
  bool group = false;  ///< one of them means several: `crowd`
  bool kin = false;    ///< used for animals, too: `mother`
};

/// What is known about a class besides its words.
struct Traits {
  bool person = false;
  bool animal = false;
  bool comes_in_pairs = false;  ///< `a pair of scissors` is one
};

/// Class names and the words that mean them. English; COCO's words are in src/text/coco_classes.json.
class Lexicon {
 public:
  /// `labels`: class names ("N/A" entries are gaps, not classes). `synonyms`: more words for a label. Labels
  /// that are among COCO's 80 classes also get COCO's words. COCO's compounds and exclusions are always
  /// included. Regular and irregular plurals are recognized.
  Lexicon(const std::vector<std::string>& labels,
          const std::map<std::string, std::vector<std::string>>& synonyms);

  /// The label that a name means: the name may be a label, a synonym or a plural. Returns nullopt if it is
  /// unknown.
  std::optional<std::string> label_of(std::string_view name) const;
  /// The class names, without gaps.
  const std::vector<std::string>& labels() const { return labels_; }
  /// The label with the smallest edit distance to the name, for messages.
  std::string nearest(std::string_view name) const;

  /// The longest noun that these words (lower case) begin with: a class, or a compound that isn't one.
  /// Returns nullopt if they don't begin with a noun.
  std::optional<Noun> noun_at(std::span<const std::string> words) const;
  /// Number of words in the longest noun.
  std::size_t longest_noun() const { return longest_; }
  const Traits& traits(std::size_t label) const { return traits_[label]; }
  /// Whether a class name before this word only describes it: `station` in `train station`.
  bool is_head(const std::string& word) const { return heads_.contains(word); }
  /// Whether the word is a color as well as a class: `orange`.
  bool is_colour(const std::string& word) const { return colours_.contains(word); }

 private:
  std::optional<std::size_t> index_of(std::string_view label) const;
  void add_coco_words(const CocoClass& known);
  void add_noun(const std::string& name, std::optional<std::size_t> label);
  void add_form(const std::string& form, Noun noun);

  std::vector<std::string> labels_;
  std::vector<Traits> traits_;
  std::map<std::string, std::string> plurals_;
  std::set<std::string> heads_;
  std::set<std::string> colours_;
  std::set<std::string> group_nouns_;
  std::set<std::string> kin_;
  std::unordered_map<std::string, Noun> nouns_;  ///< by their words, joined with spaces
  std::size_t longest_ = 0;
};

/// The names of COCO's 80 classes, in COCO's order.
std::vector<std::string> coco_labels();

}  // namespace tise::text
