// Finds the images of captions that don't name existing ones, by choosing among the readings of the rules
// (image_rules.cpp).

#include "tise/data/pairing.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "image_names.h"
#include "image_rules.h"
#include "name_index.h"
#include "records.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"
#include "tise/base/utf8.h"

namespace tise::data {
namespace {

constexpr std::size_t kShown = 3;

[[noreturn]] void refuse(const Captions& captions, const std::string& why,
                         const std::vector<std::string>& lines = {}) {
  throw InputError(concat(captions.role, " ", captions.path.string(), ": ", why), lines);
}

class Choice {
 public:
  Choice(const Captions& captions, const std::vector<ImageFile>& images)
      : captions_(captions), images_(images), names_(captions, images) {}

  Reading by_pattern(const std::string& text) const {
    Reading reading = names_.by(NamePattern(text));
    if (reading.images_found == 0) {
      refuse(captions_, concat("no image matches --image-pattern ", text, " (expected ",
                               excerpt(reading.wanted(0), 60), ", found ", shown(images_.front()), ")"));
    }
    return reading;
  }

  /// The reading of the first rule that gives each caption an image; if no rule does, that of the first
  /// plausible rule. Returns nullopt if items name images and no rule fits, which `match` reports. Throws
  /// InputError if no rule fits, or if two rules fit that give an image different captions.
  std::optional<Reading> by_rules() const {
    std::vector<Reading> rivals;  // the best plausible reading of each rule so far
    std::optional<std::size_t> chosen;
    names_.for_each_rule([&](std::vector<Reading>&& readings) {
      std::erase_if(readings, [](const Reading& reading) { return !reading.is_plausible; });
      if (readings.empty()) return true;
      Reading best = best_of(std::move(readings));
      for (const Reading& rival : rivals) {
        if (best.is_complete) check(rival, best);
      }
      const bool is_sure = best.is_complete && 2 * best.images_found >= images_.size();
      if (best.is_complete && !chosen) chosen = rivals.size();
      rivals.push_back(std::move(best));
      return !is_sure;
    });
    if (chosen) return std::move(rivals[*chosen]);
    if (rivals.empty()) {
      if (captions_.items.front().image.empty()) none_fits();
      return std::nullopt;
    }
    for (std::size_t i = 1; i < rivals.size(); ++i) check(rivals[0], rivals[i]);
    return std::move(rivals.front());
  }

 private:
  static std::string shown(const ImageFile& image) { return excerpt(image.name, 60); }

  /// The best of one rule's readings.
  Reading best_of(std::vector<Reading> readings) const {
    // A reading with numbers that no row has counts rows wrongly. If all readings have some, it is unknown
    // which images are meant.
    const auto fits = [](const Reading& reading) { return reading.beyond == 0; };
    if (std::ranges::none_of(readings, fits)) goes_beyond(readings);
    std::erase_if(readings, [&](const Reading& reading) { return !fits(reading); });
    const auto rank = [](const Reading& reading) {
      return std::pair(reading.is_complete, reading.is_complete ? 0 : reading.images_found);
    };
    const auto best = std::ranges::max_element(readings, {}, rank);
    for (const Reading& other : readings) {
      if (rank(other) == rank(*best)) check(*best, other);
    }
    return std::move(*best);
  }

  /// Refuses images that are numbered beyond the captions: it is unknown which of them belong to a caption.
  [[noreturn]] void goes_beyond(const std::vector<Reading>& readings) const {
    std::vector<std::string> lines;
    for (const Reading& reading : readings)
      lines.push_back(line_of(reading, [](std::size_t) { return true; }));
    refuse(
        captions_,
        concat("has ", counted(captions_.items.size(), "caption"),
               ", but image numbers go beyond that, such as ", shown(images_.back()),
               "; name copies ROW_COPY (0_0, 0_1, …), pass a table with image and prompt, or choose images "
               "with --image-pattern:"),
        lines);
  }

  /// `by id (--image-pattern '{id}'): 1.png is "a dog", 2.png is "a cat"`
  template <class IsShown>
  std::string line_of(const Reading& reading, const IsShown& is_shown) const {
    std::vector<std::string> examples;
    for (std::size_t i = 0; i < images_.size() && examples.size() < kShown; ++i) {
      if (!reading.uses(i) || !is_shown(i)) continue;
      const Item& item = captions_.items[reading.items[i].front()];
      examples.push_back(concat(images_[i].name, " is ", excerpt(item.caption, 30)));
    }
    return concat(reading.rule, " (--image-pattern '", reading.pattern.text(), "'): ", joined(examples));
  }

  /// Throws InputError if the readings give an image different captions.
  void check(const Reading& a, const Reading& b) const {
    const auto differ = [&](std::size_t i) { return a.uses(i) && b.uses(i) && a.items[i] != b.items[i]; };
    bool is_any = false;
    for (std::size_t i = 0; i < images_.size() && !is_any; ++i) is_any = differ(i);
    if (!is_any) return;
    refuse(captions_, "its images can be matched in two ways; choose one with --image-pattern:",
           {line_of(a, differ), line_of(b, differ)});
  }

  [[noreturn]] void none_fits() const {
    refuse(captions_, concat("names no images for its captions (", choice_of(kImageNames.own()),
                             "), and no rule fits image names such as ", shown(images_.front()),
                             "; describe the names with --image-pattern, such as '{index:05}_{k}.png'"));
  }

  const Captions& captions_;
  const std::vector<ImageFile>& images_;
  NameReader names_;
};

/// Whether some item names an existing image.
bool some_are_named(const Captions& captions, const std::vector<ImageFile>& images) {
  if (captions.items.front().image.empty()) return false;
  std::vector<std::string> names;
  for (const ImageFile& image : images) names.push_back(image.name);
  const NameIndex index(names);
  return std::ranges::any_of(captions.items, [&](const Item& item) {
    try {
      return index.find(item.image).has_value();
    } catch (const AmbiguousName&) {
      return true;  // `match` reports it
    }
  });
}

/// Replaces the items by one item per image found, which names it. Items without images name the image that
/// is expected for them.
void name_images(Captions& captions, const std::vector<ImageFile>& images, const Reading& reading,
                 Pairing& pairing) {
  std::vector<std::vector<std::size_t>> found(captions.items.size());
  for (std::size_t i = 0; i < images.size(); ++i) {
    for (const std::size_t item : reading.items[i]) found[item].push_back(i);
  }
  // Of equal items the first has the images. The others, which expect an image that it has found, are
  // dropped.
  std::unordered_set<std::string> used;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!found[i].empty()) used.insert(reading.wanted(i));
  }
  std::vector<Item> items;
  std::unordered_map<std::string, std::size_t> images_of;  // by caption
  for (std::size_t i = 0; i < found.size(); ++i) {
    Item& item = captions.items[i];
    item.id.clear();
    if (!item.image.empty()) item.fields.push_back({std::string(kImageField), item.image});
    if (found[i].empty()) {
      std::string wanted = reading.wanted(i);
      if (used.contains(wanted)) continue;
      images_of.try_emplace(item.caption);
      item.image = std::move(wanted);
      items.push_back(std::move(item));
      continue;
    }
    images_of[item.caption] += found[i].size();
    std::ranges::sort(
        found[i], [&](std::size_t a, std::size_t b) { return comes_before(images[a].name, images[b].name); });
    for (const std::size_t image : found[i]) {
      items.push_back(image == found[i].back() ? std::move(item) : item);
      items.back().image = images[image].name;
    }
  }
  captions.items = std::move(items);
  pairing.prompts = images_of.size();
  for (const auto& [caption, count] : images_of) {
    pairing.most = std::max(pairing.most, count);
    if (count > 0) pairing.fewest = pairing.fewest == 0 ? count : std::min(pairing.fewest, count);
  }
}

std::size_t distinct_captions(const std::vector<Item>& items) {
  std::unordered_set<std::string_view> captions;
  for (const Item& item : items) captions.insert(item.caption);
  return captions.size();
}

/// `1,632 prompts`
std::string grouped(std::size_t number, const char* what) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return concat(digits, " ", what, number == 1 ? "" : "s");
}

}  // namespace

Pairing pair_images(Captions& captions, const std::vector<ImageFile>& images,
                    const std::optional<std::string>& pattern) {
  Pairing pairing{.rule = "by name", .pattern = {}, .prompts = distinct_captions(captions.items)};
  if (!pattern && some_are_named(captions, images)) return pairing;
  const Choice choice(captions, images);
  const std::optional<Reading> reading = pattern ? choice.by_pattern(*pattern) : choice.by_rules();
  if (!reading) return pairing;
  pairing.rule = reading->rule;
  pairing.pattern = reading->pattern.text();
  name_images(captions, images, *reading, pairing);
  return pairing;
}

std::vector<std::string> fields_of_pattern(const std::string& pattern) {
  std::vector<std::string> fields = NamePattern(pattern).fields();
  for (std::string& field : fields) field = std::string(name_in_captions(field));
  return fields;
}

void keep_fields(std::vector<Item>& items, const std::vector<std::string>& names) {
  for (Item& item : items) {
    std::erase_if(item.fields, [&](const Named& field) { return !has_ignoring_case(names, field.name); });
    item.fields.shrink_to_fit();
  }
}

std::string in_words(const Captions& captions, const Pairing& pairing, std::size_t images,
                     const std::vector<std::string>& split_by) {
  std::vector<std::string> fields = split_by;
  if (!captions.field.empty()) fields.insert(fields.begin(), captions.field);
  std::string text = concat(captions.role, ": ", captions.title);
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
