#include "item_index.h"

#include <algorithm>

#include "image_names.h"
#include "tise/base/names.h"
#include "tise/base/nfc.h"

namespace tise::data {
namespace {

/// A cut name has at least this many bytes of its prompt.
constexpr std::size_t kLeastOfCut = 200;

/// A text's letters and digits, in lower case: what scripts keep when they turn a prompt into a file name.
std::string letters_of(std::string_view text) {
  std::string letters;
  for (const char c : text) {
    const bool is_letter = lower_case(c) >= 'a' && lower_case(c) <= 'z';
    const bool is_kept = is_letter || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
    if (is_kept) letters += lower_case(c);
  }
  return letters;
}

/// A number as 0 and its digits without leading zeros; any other text unchanged.
std::string number_of(std::string_view text) {
  const bool is_number = !text.empty() && text.find_first_not_of(kDigits) == std::string_view::npos;
  return is_number ? "0" + std::string(without_zeros(text)) : std::string(text);
}

template <class Texts>
std::string key_of(const Texts& values, std::string (*text)(std::string_view)) {
  std::string key;
  for (const auto& value : values) key.append(text(value)).push_back('\0');
  return key;
}

}  // namespace

ItemIndex::ItemIndex(const std::vector<Item>& items, const std::vector<Values>& values, bool is_of_prompts)
    : levels_{Level{nfc}, Level{number_of}} {
  if (is_of_prompts) levels_.push_back(Level{letters_of});
  std::unordered_set<std::string> seen;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string exact = key_of(values[i], nfc);
    if (!seen.insert(exact + items[i].caption).second) continue;
    ++count_;
    for (Level& level : levels_) {
      Entry& entry = level.entries[key_of(values[i], level.text)];
      if (entry.items.empty()) entry.exact = exact;
      entry.is_ambiguous = entry.is_ambiguous || entry.exact != exact;
      entry.items.push_back(i);
    }
  }
  if (!is_of_prompts) return;
  for (const auto& [key, entry] : levels_.front().entries) prompts_.emplace_back(key, &entry);
  std::ranges::sort(prompts_);
}

ItemIndex::Found ItemIndex::find(const std::vector<std::string_view>& values) const {
  for (const Level& level : levels_) {
    const Entry* entry = find_in(level.entries, key_of(values, level.text));
    if (entry != nullptr && !entry->is_ambiguous) return &entry->items;
  }
  return nullptr;
}

ItemIndex::Found ItemIndex::find_cut(std::string_view start) const {
  if (start.size() < kLeastOfCut) return nullptr;
  const auto first =
      std::ranges::lower_bound(prompts_, start, {}, [](const auto& prompt) { return prompt.first; });
  const auto begins = [&](auto place) { return place != prompts_.end() && place->first.starts_with(start); };
  return begins(first) && !begins(first + 1) ? &first->second->items : nullptr;
}

}  // namespace tise::data
