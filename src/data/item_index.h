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

/// What an item's images may be called by: a text for each field of a pattern.
using Values = std::vector<std::string>;

/// Items by their values: as written, else as the same numbers, else, of prompts, with the same letters. Of
/// items with the same values and caption there is one: lists repeat a prompt for each question about it.
class ItemIndex {
 public:
  using Found = const std::vector<std::size_t>*;

  /// `values`: of each item.
  ItemIndex(const std::vector<Item>& items, const std::vector<Values>& values, bool is_of_prompts);

  /// How many items there are.
  std::size_t size() const { return count_; }
  /// Those with these values; null if there are none, or if it can't be told which.
  Found find(const std::vector<std::string_view>& values) const;
  /// Those of the one prompt that begins with a text as long as names of files that were cut.
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
  std::vector<std::pair<std::string_view, const Entry*>> prompts_;  ///< sorted; empty: not of prompts
  std::size_t count_ = 0;
};

}  // namespace tise::data
