#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tise/data/captions.h"

namespace tise::data {

/// The texts by which an item's images may be named: one per field of a pattern.
using Values = std::vector<std::string>;

/// Finds items by their values: as written, else as equal numbers, else, for prompts, with equal letters and
/// digits. Items with the same values and caption count as one, since some lists repeat a prompt for each
/// question about it.
class ItemIndex {
 public:
  using Found = const std::vector<std::size_t>*;

  /// `values`: one per item.
  ItemIndex(const std::vector<Item>& items, const std::vector<Values>& values, bool is_of_prompts);

  /// The number of different items.
  std::size_t size() const { return count_; }
  /// The items with these values; null if there are none, or if they are ambiguous.
  Found find(const std::vector<std::string_view>& values) const;
  /// The items of the only prompt that starts with `start`, the prompt in a file name that was cut to the
  /// maximum length. Null if `start` is too short for that, or if several prompts start with it.
  Found find_cut(std::string_view start) const;

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

  std::vector<Level> levels_;
  std::vector<std::pair<std::string_view, const Entry*>> prompts_;  ///< sorted; empty unless of prompts
  std::size_t count_ = 0;
};

}  // namespace tise::data
