#include "image_rules.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <unordered_map>
#include <utility>

#include "image_names.h"
#include "records.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"

namespace tise::data {
namespace {

/// How images are named by a field, F, alone or with copies, after a common prefix. More specific layouts
/// come first.
constexpr std::array<std::string_view, 7> kByField{"F",   "F_{k}", "F-{k}",  "F/samples/{k}",
                                                   "F/*", "*/F",   "*/F_{k}"};
constexpr std::array<std::string_view, 1> kByCocosField{"COCO_*_F"};
constexpr std::array<std::string_view, 5> kByPrompt{"F_{k}", "F", "F-{k}", "*/F_{k}", "*/F"};

/// A rule is dropped if it gives items more than this many images on average, or images more items.
constexpr std::size_t kMostEach = 64;

std::string image_stem(const Item& item) {
  return without_image_extension(std::filesystem::path(item.image).lexically_normal().generic_string());
}

/// The value of a pattern's field for an item; nullopt if the item has no such field.
std::optional<std::string> value_of(const Item& item, std::size_t row, const std::string& field) {
  if (field == kRowFromZero) return std::to_string(row);
  if (field == kRowFromOne) return std::to_string(row + 1);
  if (field == kPromptField) return std::string(trimmed(item.caption));
  if (field == kImageField) return item.image.empty() ? std::nullopt : std::optional(image_stem(item));
  const std::string* own = item.field(name_in_captions(field));
  return own == nullptr ? std::nullopt : std::optional(*own);
}

/// The offsets at which the names begin without the first 0, 1, 2, … of their common folders.
std::vector<std::size_t> ends_of_common_folders(const std::vector<Item>& items) {
  constexpr std::size_t kMostFolders = 16;
  const std::string first = image_stem(items.front());
  std::size_t common = first.rfind('/') + 1;
  for (const Item& item : items) {
    const std::string stem = image_stem(item);
    while (common > 0 && stem.compare(0, common, first, 0, common) != 0) {
      common = common < 2 ? 0 : first.rfind('/', common - 2) + 1;
    }
  }
  std::vector<std::size_t> ends{0};
  for (std::size_t at = 0; at < common && ends.size() <= kMostFolders;) {
    at = first.find('/', at) + 1;
    ends.push_back(at);
  }
  return ends;
}

}  // namespace

NameReader::NameReader(const Captions& captions, const std::vector<ImageFile>& images)
    : captions_(captions), images_(images) {
  for (const ImageFile& image : images) stems_.push_back(without_image_extension(image.name));
  std::string_view prefix = stems_.empty() ? std::string_view() : std::string_view(stems_.front());
  for (const std::string& stem : stems_) {
    const auto [end, ignored] = std::ranges::mismatch(prefix, stem);
    prefix = prefix.substr(0, static_cast<std::size_t>(end - prefix.begin()));
  }
  prefix_ = prefix.substr(0, prefix.find_last_not_of(kDigits) + 1);
}

template <class Value>
NameReader::Shared NameReader::values_of(const Value& value) const {
  auto all = std::make_shared<std::vector<Values>>();
  all->reserve(captions_.items.size());
  for (std::size_t i = 0; i < captions_.items.size(); ++i) {
    std::optional<std::string> text = value(captions_.items[i], i);
    if (!text) return nullptr;
    all->push_back({std::move(*text)});
  }
  return all;
}

Reading NameReader::by(const NamePattern& pattern) const {
  auto all = std::make_shared<std::vector<Values>>();
  for (std::size_t i = 0; i < captions_.items.size(); ++i) {
    Values& values = all->emplace_back();
    for (const std::string& field : pattern.fields()) {
      std::optional<std::string> value = value_of(captions_.items[i], i, field);
      if (!value) {
        throw InputError(concat(captions_.role, " ", captions_.path.string(), ": ", captions_.items[i].where,
                                ": has no field \"", field, "\" (--image-pattern ", pattern.text(), ")"));
      }
      values.push_back(std::move(*value));
    }
  }
  const ItemIndex index(captions_.items, *all, pattern.has(kPromptField));
  return read(concat("by --image-pattern ", pattern.text()), pattern, index, all);
}

Reading NameReader::read(std::string rule, const NamePattern& pattern, const ItemIndex& index,
                         const Shared& values) const {
  Reading reading{.rule = std::move(rule), .pattern = pattern, .values = values};
  reading.items.resize(images_.size());
  const bool is_by_rows = pattern.has(kRowFromZero) || pattern.has(kRowFromOne);
  const std::size_t most = kMostEach * std::max(images_.size(), captions_.items.size());
  std::vector<bool> has_image(captions_.items.size());
  std::size_t pairs = 0;
  for (std::size_t i = 0; i < stems_.size() && pairs <= most; ++i) {
    const bool is_cut = last_part(images_[i].name).size() >= kLongestName;
    ItemIndex::Found found = nullptr;
    bool follows = false;
    bool is_ambiguous = false;
    pattern.visit(stems_[i], [&](const std::vector<std::string_view>& texts) {
      follows = true;
      ItemIndex::Found other = index.find(texts);
      if (other == nullptr && is_cut && texts.size() == 1) other = index.find_cut(texts[0]);
      is_ambiguous = is_ambiguous || (found != nullptr && other != nullptr && other != found);
      if (other != nullptr) found = other;
    });
    if (found == nullptr || is_ambiguous) {
      reading.beyond += follows && is_by_rows ? 1 : 0;
      continue;
    }
    reading.items[i] = *found;
    ++reading.images_found;
    pairs += found->size();
    for (const std::size_t item : *found) {
      reading.items_found += has_image[item] ? 0 : 1;
      has_image[item] = true;
    }
  }
  if (pairs > most) return {.rule = reading.rule, .pattern = pattern, .values = values};
  reading.is_complete = reading.items_found == index.size();
  reading.is_plausible =
      2 * reading.images_found >= images_.size() || 2 * reading.items_found >= index.size();
  return reading;
}

std::vector<Reading> NameReader::read_ways(const std::string& rule, std::span<const std::string_view> ways,
                                           const std::string& field, const Shared& values) const {
  std::vector<Reading> readings;
  const ItemIndex index(captions_.items, *values, field == kPromptField);
  const auto add = [&](const std::string& pattern) {
    Reading reading = read(rule, NamePattern(pattern), index, values);
    if (reading.images_found > 0) readings.push_back(std::move(reading));
  };
  const auto named = [&](std::string_view way) {
    const std::size_t place = way.find('F');
    return concat(way.substr(0, place), "{", field, "}", way.substr(place + 1));
  };
  for (const std::string_view way : ways) add(named(way));
  if (prefix_.empty() || prefix_.find_first_of("{}*") != std::string::npos || field == kPromptField)
    return readings;
  for (const std::string_view way : ways) {
    if (way.starts_with('F')) add(prefix_ + named(way));
  }
  return readings;
}

/// Reads them by the names that items give, from an offset on; for npos, by the last parts of these names.
std::vector<Reading> NameReader::by_names(std::size_t begin) const {
  const auto name_of = [&](const std::string& stem) {
    return begin == std::string::npos ? std::string(last_part(stem)) : stem.substr(begin);
  };
  if (begin == std::string::npos) {
    std::unordered_map<std::string, std::string> by_last;
    for (const Item& item : captions_.items) {
      const std::string stem = image_stem(item);
      if (by_last.emplace(name_of(stem), stem).first->second != stem) return {};
    }
  }
  return read_ways(
      "by name", kByField, std::string(kImageField),
      values_of([&](const Item& item, std::size_t) { return std::optional(name_of(image_stem(item))); }));
}

void NameReader::for_each_rule(const std::function<bool(std::vector<Reading>&&)>& visit) const {
  const bool names_images = !captions_.items.front().image.empty();
  if (names_images) {
    std::vector<std::size_t> begins = ends_of_common_folders(captions_.items);
    begins.push_back(std::string::npos);
    for (const std::size_t begin : begins) {
      if (!visit(by_names(begin))) return;
    }
  }
  const auto read_field = [&](const std::string& rule, std::span<const std::string_view> ways,
                              const std::string& field) {
    const Shared values =
        values_of([&](const Item& item, std::size_t row) { return value_of(item, row, field); });
    return values == nullptr ? std::vector<Reading>() : read_ways(rule, ways, field, values);
  };
  std::vector<std::string_view> ways_of_ids(kByField.begin(), kByField.end());
  ways_of_ids.insert(ways_of_ids.end(), kByCocosField.begin(), kByCocosField.end());
  for (const std::string_view word : kNamingWords) {
    const bool is_reserved = word == kRowFromZero || word == kRowFromOne;
    if (!visit(read_field(concat("by ", word), ways_of_ids, concat(is_reserved ? kOwnField : "", word))))
      return;
  }
  // Captions that name images, even missing ones, are not paired by row.
  if (names_images) return;
  if (!visit(read_field("by the prompts in their names", kByPrompt, std::string(kPromptField)))) return;
  std::vector<Reading> rows = read_field("by row number from 0", kByField, std::string(kRowFromZero));
  for (Reading& reading : read_field("by row number from 1", kByField, std::string(kRowFromOne)))
    rows.push_back(std::move(reading));
  visit(std::move(rows));
}

}  // namespace tise::data
