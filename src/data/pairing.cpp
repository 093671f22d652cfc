// Which images a caption has, where it doesn't name them as they are. Each rule is a pattern that the names
// of images follow; the list of them is below.

#include "tise/data/pairing.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "image_names.h"
#include "name_index.h"
#include "name_pattern.h"
#include "records.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"
#include "tise/base/nfc.h"
#include "tise/base/utf8.h"

namespace tise::data {
namespace {

constexpr std::size_t kShown = 3;

/// How images are called by a field, alone or with copies. `F` stands for the field, after what all names
/// begin with. A layout that says more goes first.
constexpr std::array<std::string_view, 7> kByField{"F",   "F_{k}", "F-{k}",  "F/samples/{k}",
                                                   "F/*", "*/F",   "*/F_{k}"};
constexpr std::array<std::string_view, 1> kByCocosField{"COCO_*_F"};
constexpr std::array<std::string_view, 5> kByPrompt{"F_{k}", "F", "F-{k}", "*/F_{k}", "*/F"};

/// Below it a rule that fits some names does so by accident.
constexpr double kPlausibleShare = 0.5;

[[noreturn]] void refuse(const Captions& captions, const std::string& why) {
  throw InputError(concat(captions.role, " ", captions.path.string(), ": ", why));
}

// What images may be called by.

using Values = std::vector<std::string>;  // of an item, one for each field of a pattern

/// A text's letters and digits: what scripts leave of a prompt where they make a name of it.
std::string letters_of(std::string_view text) {
  std::string letters;
  for (const char c : text) {
    const bool is_kept = static_cast<unsigned char>(c) >= 0x80 || (c >= '0' && c <= '9') ||
                         (lower_case(c) >= 'a' && lower_case(c) <= 'z');
    if (is_kept) letters += lower_case(c);
  }
  return letters;
}

std::string without_zeros(std::string_view text) {
  if (text.empty() || text.find_first_not_of(kDigits) != std::string_view::npos) return std::string(text);
  const std::size_t first = std::min(text.find_first_not_of('0'), text.size() - 1);
  return std::string(text.substr(first));
}

/// Items by their values: as written, else as the same numbers, else, of prompts, with the same letters. Of
/// items with the same values and caption there is one: lists repeat a prompt for each question about it.
class ItemIndex {
 public:
  ItemIndex(const std::vector<Item>& items, const std::vector<Values>& values, bool is_of_prompts)
      : items_(items), levels_{Level{nfc}, Level{without_zeros}} {
    if (is_of_prompts) levels_.push_back(Level{letters_of});
    for (std::size_t i = 0; i < values.size(); ++i) add(i, values[i]);
  }

  /// Of the items that have a value for each field, each distinct one once.
  std::size_t size() const { return count_; }

  const std::vector<std::size_t>* find(const std::vector<std::string_view>& values) const {
    for (const Level& level : levels_) {
      const Entry* entry = find_in(level.entries, key_of(values, level));
      if (entry != nullptr && !entry->is_ambiguous) return &entry->items;
    }
    return nullptr;
  }

  /// The one item whose only value begins with a text.
  const std::vector<std::size_t>* find_longer(std::string_view start) const {
    const Entry* found = nullptr;
    for (const auto& [key, entry] : levels_[0].entries) {
      if (!std::string_view(key).starts_with(start)) continue;
      if (found != nullptr) return nullptr;
      found = &entry;
    }
    return found == nullptr ? nullptr : &found->items;
  }

 private:
  struct Entry {
    std::string exact;
    std::vector<std::size_t> items;
    bool is_ambiguous = false;
  };
  struct Level {
    std::string (*text)(std::string_view);
    std::unordered_map<std::string, Entry> entries = {};
  };

  template <class Texts>
  static std::string key_of(const Texts& values, const Level& level) {
    std::string key;
    for (const auto& value : values) key.append(level.text(value)).push_back('\0');
    return key;
  }

  void add(std::size_t item, const Values& values) {
    if (values.empty()) return;
    const std::string exact = key_of(values, levels_[0]);
    for (Level& level : levels_) {
      Entry& entry = level.entries[key_of(values, level)];
      if (entry.items.empty()) entry.exact = exact;
      if (entry.exact != exact) entry.is_ambiguous = true;
      const auto is_same = [&](std::size_t other) { return items_[other].caption == items_[item].caption; };
      if (std::ranges::any_of(entry.items, is_same)) continue;
      entry.items.push_back(item);
      if (&level == levels_.data()) ++count_;
    }
  }

  const std::vector<Item>& items_;
  std::vector<Level> levels_;
  std::size_t count_ = 0;
};

std::string image_stem(const Item& item) {
  return without_image_extension(std::filesystem::path(item.image).lexically_normal().generic_string());
}

std::string prompt_of(const Item& item) { return std::string(trimmed(item.caption)); }

/// What a field of a pattern is for an item; nothing if the item has no such field.
std::optional<std::string> value_of(const Item& item, std::size_t row, const std::string& field) {
  if (const std::string* own = item.field(field)) return *own;
  if (field == "index") return std::to_string(row);
  if (field == "number") return std::to_string(row + 1);
  if (field == "prompt" || field == "caption") return prompt_of(item);
  if (field == "image" && !item.image.empty()) return image_stem(item);
  return std::nullopt;
}

// Readings of names.

/// A rule, and what it makes of the images.
struct Reading {
  std::string rule;
  std::string pattern;
  std::vector<std::vector<std::size_t>> items;  ///< of each image
  std::vector<std::string> wanted;              ///< of each item: the name that it looks for
  std::size_t used = 0;                         ///< images that have items
  bool is_complete = false;                     ///< each item has an image

  bool uses(std::size_t image) const { return !items[image].empty(); }
};

/// An image to which two readings give different captions; nothing if they agree on all that both use.
std::optional<std::size_t> disagreement(const Reading& a, const Reading& b) {
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    if (a.uses(i) && b.uses(i) && a.items[i] != b.items[i]) return i;
  }
  return std::nullopt;
}

class Pairer {
 public:
  Pairer(const Captions& captions, const std::vector<ImageFile>& images)
      : captions_(captions), images_(images) {
    for (const ImageFile& image : images) stems_.push_back(without_image_extension(image.name));
    prefix_ = common_prefix();
  }

  Reading by_pattern(const std::string& text) const {
    const NamePattern pattern(text);
    std::vector<Values> values(captions_.items.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      for (const std::string& field : pattern.fields()) {
        const auto value = value_of(captions_.items[i], i, field);
        if (!value) {
          refuse(captions_, concat(captions_.items[i].where, ": has no field \"", field,
                                   "\" (--image-pattern ", text, ")"));
        }
        values[i].push_back(*value);
      }
    }
    Reading reading = read(pattern, values, concat("by --image-pattern ", text));
    if (reading.used == 0) {
      refuse(captions_,
             concat("no image is called as --image-pattern ", text, " has it: it makes ",
                    excerpt(reading.wanted.front(), 60), ", there is ", excerpt(images_.front().name, 60)));
    }
    return reading;
  }

  /// The reading that a rule gives; nothing if none does, which is for `match` to say where items name
  /// images. Throws InputError if more than one does.
  std::optional<Reading> by_rules() const {
    std::vector<Reading> rivals;  // the likeliest of each rule that leaves captions without images
    for (const Rule& rule : rules()) {
      std::vector<Reading> readings = readings_of(rule);
      if (readings.empty()) continue;
      const auto complete = std::stable_partition(readings.begin(), readings.end(),
                                                  [](const Reading& r) { return r.is_complete; });
      if (complete == readings.begin()) {
        rivals.push_back(likeliest(readings));
        continue;
      }
      for (auto other = readings.begin() + 1; other != complete; ++other) check(readings.front(), *other);
      for (const Reading& rival : rivals) {
        if (is_plausible(rival)) check(rival, readings.front());
      }
      return std::move(readings.front());
    }
    if (rivals.empty()) {
      if (captions_.items.front().image.empty()) none_fits();
      return std::nullopt;
    }
    std::ranges::stable_sort(rivals, [](const Reading& a, const Reading& b) { return a.used > b.used; });
    for (std::size_t i = 1; i < rivals.size(); ++i) {
      if (is_plausible(rivals[i])) check(rivals[0], rivals[i]);
    }
    return std::move(rivals.front());
  }

 private:
  /// What images are called by, and the ways in which they are.
  struct Rule {
    std::string words;
    std::string field;           ///< as a pattern has it
    std::vector<Values> values;  ///< of each item
    std::vector<std::string> patterns;
    bool is_of_prompts = false;
  };

  bool is_plausible(const Reading& reading) const {
    return static_cast<double>(reading.used) >= kPlausibleShare * static_cast<double>(images_.size());
  }

  /// What all names begin with, up to a number.
  std::string common_prefix() const {
    std::string_view prefix = stems_.empty() ? std::string_view() : std::string_view(stems_.front());
    for (const std::string& stem : stems_) {
      const auto [end, ignored] = std::ranges::mismatch(prefix, stem);
      prefix = prefix.substr(0, static_cast<std::size_t>(end - prefix.begin()));
    }
    const std::size_t last = prefix.find_last_not_of(kDigits);
    return std::string(prefix.substr(0, last == std::string_view::npos ? 0 : last + 1));
  }

  template <class Ways>
  std::vector<std::string> patterns(const Ways& ways, const std::string& field) const {
    std::vector<std::string> all;
    for (const std::string_view way : ways) {
      const std::size_t place = way.find('F');
      all.push_back(concat(way.substr(0, place), "{", field, "}", way.substr(place + 1)));
    }
    return all;
  }

  Rule rule_of(std::string words, const std::string& field, std::vector<Values> values) const {
    Rule rule{std::move(words), field, std::move(values), patterns(kByField, field)};
    const bool is_plain = prefix_.find_first_of("{}*") == std::string::npos;
    if (!prefix_.empty() && is_plain) {
      for (const std::string& pattern : patterns(kByField, field)) {
        if (pattern.front() != '*') rule.patterns.push_back(prefix_ + pattern);
      }
    }
    return rule;
  }

  template <class Value>
  std::vector<Values> values_of(const Value& value) const {
    std::vector<Values> all(captions_.items.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (std::optional<std::string> text = value(captions_.items[i], i)) all[i].push_back(std::move(*text));
    }
    return all;
  }

  /// All rules, the most telling first.
  std::vector<Rule> rules() const {
    std::vector<Rule> all;
    for (std::vector<Values>& names : names_of_images()) {
      all.push_back(rule_of("by name", "image", std::move(names)));
    }
    for (const std::string_view word : kNamingWords) {
      std::vector<Values> values = values_of([&](const Item& item, std::size_t) {
        const std::string* text = item.field(word);
        return text == nullptr ? std::nullopt : std::optional(*text);
      });
      if (std::ranges::any_of(values, &Values::empty)) continue;
      Rule rule = rule_of(concat("by ", word), std::string(word), std::move(values));
      for (std::string& pattern : patterns(kByCocosField, rule.field))
        rule.patterns.push_back(std::move(pattern));
      all.push_back(std::move(rule));
    }
    const auto prompts = [](const Item& item, std::size_t) { return std::optional(prompt_of(item)); };
    all.push_back(
        {"by the prompts in their names", "prompt", values_of(prompts), patterns(kByPrompt, "prompt"), true});
    Rule rows =
        rule_of("by row number from 0", "index",
                values_of([](const Item&, std::size_t row) { return std::optional(std::to_string(row)); }));
    all.push_back(std::move(rows));
    return all;
  }

  /// The names that items give, as they are, without the folders that all have in common, and without any.
  std::vector<std::vector<Values>> names_of_images() const {
    if (captions_.items.front().image.empty()) return {};
    std::vector<std::string> stems;
    for (const Item& item : captions_.items) stems.push_back(image_stem(item));
    std::size_t common = stems.front().rfind('/') + 1;
    for (const std::string& stem : stems) {
      while (common > 0 && stem.compare(0, common, stems.front(), 0, common) != 0) {
        common = common < 2 ? 0 : stems.front().rfind('/', common - 2) + 1;
      }
    }
    std::vector<std::size_t> starts{0};
    for (std::size_t at = 0; at < common;) {
      at = stems.front().find('/', at) + 1;
      starts.push_back(at);
    }
    std::vector<std::vector<Values>> all;
    for (const std::size_t start : starts) {
      all.push_back(
          values_of([&](const Item&, std::size_t i) { return std::optional(stems[i].substr(start)); }));
    }
    std::map<std::string, std::set<std::string>> by_last;
    for (const std::string& stem : stems) by_last[stem.substr(stem.rfind('/') + 1)].insert(stem);
    const bool are_distinct =
        std::ranges::all_of(by_last, [](const auto& entry) { return entry.second.size() == 1; });
    if (are_distinct) {
      all.push_back(values_of([&](const Item&, std::size_t i) {
        return std::optional(stems[i].substr(stems[i].rfind('/') + 1));
      }));
    }
    return all;
  }

  std::vector<Reading> readings_of(const Rule& rule) const {
    std::vector<Reading> readings;
    const ItemIndex index(captions_.items, rule.values, rule.is_of_prompts);
    const auto add = [&](const std::string& pattern, const ItemIndex& of, const std::vector<Values>& values,
                         const std::string& words) {
      Reading reading = read(NamePattern(pattern), of, values, words);
      if (reading.used > 0) readings.push_back(std::move(reading));
    };
    for (const std::string& pattern : rule.patterns) add(pattern, index, rule.values, rule.words);
    if (rule.field != "index" || rule.words == "by index") return readings;
    // Rows are counted from 1 too.
    std::vector<Values> numbers =
        values_of([](const Item&, std::size_t row) { return std::optional(std::to_string(row + 1)); });
    const ItemIndex from_one(captions_.items, numbers, false);
    for (std::string pattern : rule.patterns) {
      pattern.replace(pattern.find("{index}"), std::string_view("{index}").size(), "{number}");
      add(pattern, from_one, numbers, "by row number from 1");
    }
    return readings;
  }

  Reading read(const NamePattern& pattern, const std::vector<Values>& values, const std::string& rule) const {
    const bool has_prompt = std::ranges::find(pattern.fields(), "prompt") != pattern.fields().end();
    return read(pattern, ItemIndex(captions_.items, values, has_prompt), values, rule);
  }

  Reading read(const NamePattern& pattern, const ItemIndex& index, const std::vector<Values>& values,
               const std::string& rule) const {
    constexpr std::size_t kLongestName = 255;
    Reading reading{.rule = rule, .pattern = pattern.text(), .items = {}, .wanted = {}};
    reading.items.resize(images_.size());
    std::vector<bool> covered(captions_.items.size());
    std::size_t count = 0;
    for (std::size_t i = 0; i < stems_.size(); ++i) {
      const std::vector<std::size_t>* found = nullptr;
      const bool is_cut = images_[i].name.size() - (images_[i].name.rfind('/') + 1) >= kLongestName;
      pattern.visit(stems_[i], [&](const std::vector<std::string_view>& texts) {
        found = index.find(texts);
        if (found == nullptr && is_cut && texts.size() == 1) found = index.find_longer(texts[0]);
        return found != nullptr;
      });
      if (found == nullptr) continue;
      reading.items[i] = *found;
      ++reading.used;
      for (const std::size_t item : *found) {
        count += covered[item] ? 0 : 1;
        covered[item] = true;
      }
    }
    reading.is_complete = count == index.size();
    for (const Values& value : values) reading.wanted.push_back(pattern.filled(value));
    return reading;
  }

  /// Of readings that leave captions without images, the one that uses the most. Throws if another uses as
  /// many.
  Reading likeliest(std::vector<Reading>& readings) const {
    const auto best = std::ranges::max_element(readings, {}, &Reading::used);
    for (const Reading& other : readings) {
      if (other.used == best->used && is_plausible(other)) check(*best, other);
    }
    return std::move(*best);
  }

  /// Throws if the readings give an image different captions.
  void check(const Reading& a, const Reading& b) const {
    if (!disagreement(a, b)) return;
    std::vector<std::string> examples;
    for (const Reading* reading : {&a, &b}) {
      std::string line = concat(reading->rule, " (--image-pattern '", reading->pattern, "'): ");
      std::size_t shown = 0;
      for (std::size_t i = 0; i < images_.size() && shown < kShown; ++i) {
        if (!a.uses(i) || !b.uses(i) || a.items[i] == b.items[i]) continue;
        const Item& item = captions_.items[reading->items[i].front()];
        line += concat(shown == 0 ? "" : ", ", images_[i].name, " is ", excerpt(item.caption, 30));
        ++shown;
      }
      examples.push_back(line);
    }
    throw InputError(concat(captions_.role, " ", captions_.path.string(),
                            ": its images can be read in two ways; --image-pattern decides:"),
                     examples);
  }

  [[noreturn]] void none_fits() const {
    refuse(captions_,
           concat("says no image for its captions (", choice_of(kImageNames.own()),
                  "), and no rule finds any by their names: there is ", excerpt(images_.front().name, 60),
                  "; --image-pattern says how they are called, such as '{index:05}_{k}.png'"));
  }

  const Captions& captions_;
  const std::vector<ImageFile>& images_;
  std::vector<std::string> stems_;
  std::string prefix_;
};

/// Whether some item names an image that is there.
bool some_are_named(const Captions& captions, const std::vector<ImageFile>& images) {
  if (captions.items.front().image.empty()) return false;
  std::vector<std::string> names;
  for (const ImageFile& image : images) names.push_back(image.name);
  const NameIndex index(names);
  return std::ranges::any_of(captions.items, [&](const Item& item) {
    try {
      return index.find(item.image).has_value();
    } catch (const AmbiguousName&) {
      return true;  // for `match` to say
    }
  });
}

/// As many items as a reading finds images for, each with its own; those without images keep what they look
/// for.
void name_images(Captions& captions, const std::vector<ImageFile>& images, const Reading& reading,
                 Pairing& pairing) {
  std::vector<std::vector<std::size_t>> found(captions.items.size());
  for (std::size_t i = 0; i < images.size(); ++i) {
    for (const std::size_t item : reading.items[i]) found[item].push_back(i);
  }
  // Of items that are the same the first has the images: the others look for what it has found.
  std::set<std::string_view> used;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!found[i].empty()) used.insert(reading.wanted[i]);
  }
  std::vector<Item> items;
  pairing.prompts = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    Item& item = captions.items[i];
    item.id.clear();
    if (found[i].empty()) {
      if (used.contains(reading.wanted[i])) continue;
      ++pairing.prompts;
      item.image = reading.wanted[i];
      items.push_back(std::move(item));
      continue;
    }
    ++pairing.prompts;
    pairing.most = std::max(pairing.most, found[i].size());
    pairing.fewest = pairing.fewest == 0 ? found[i].size() : std::min(pairing.fewest, found[i].size());
    std::ranges::sort(
        found[i], [&](std::size_t a, std::size_t b) { return comes_before(images[a].name, images[b].name); });
    for (const std::size_t image : found[i]) {
      items.push_back(image == found[i].back() ? std::move(item) : item);
      items.back().image = images[image].name;
    }
  }
  captions.items = std::move(items);
}

/// `1,632`
std::string grouped(std::size_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

std::string grouped(std::size_t number, const char* what) {
  return concat(grouped(number), " ", what, number == 1 ? "" : "s");
}

}  // namespace

Pairing pair_images(Captions& captions, const std::vector<ImageFile>& images,
                    const std::optional<std::string>& pattern) {
  Pairing pairing{.rule = "by name", .pattern = {}, .prompts = captions.items.size()};
  if (pattern || !some_are_named(captions, images)) {
    const Pairer pairer(captions, images);
    const std::optional<Reading> reading = pattern ? pairer.by_pattern(*pattern) : pairer.by_rules();
    if (!reading) return pairing;
    pairing.rule = reading->rule;
    pairing.pattern = reading->pattern;
    name_images(captions, images, *reading, pairing);
  }
  return pairing;
}

std::vector<std::string> fields_of_pattern(const std::string& pattern) {
  return NamePattern(pattern).fields();
}

void keep_fields(std::vector<Item>& items, const std::vector<std::string>& names) {
  for (Item& item : items) {
    std::erase_if(item.fields, [&](const Named& field) {
      return std::ranges::none_of(
          names, [&](const std::string& name) { return same_ignoring_case(name, field.name); });
    });
    item.fields.shrink_to_fit();
  }
}

std::string in_words(const Captions& captions, const Pairing& pairing, std::size_t images) {
  std::string text = concat(captions.role, ": ", captions.title);
  std::vector<std::string> fields = captions.kept;
  if (!captions.field.empty()) fields.insert(fields.begin(), captions.field);
  if (!fields.empty()) text += concat(" (", joined(fields), ")");
  text += concat(", ", grouped(pairing.prompts, "prompt"), "; ", grouped(images, "image"));
  if (pairing.most > 1) {
    text += pairing.fewest == pairing.most
                ? concat(", ", pairing.most, " per prompt")
                : concat(", ", pairing.fewest, " to ", pairing.most, " per prompt");
  }
  text += concat(", ", pairing.rule);
  if (!pairing.pattern.empty() && pairing.rule.find(pairing.pattern) == std::string::npos)
    text += concat(", as ", pairing.pattern);
  return text;
}

}  // namespace tise::data
