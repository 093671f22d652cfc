#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "item_index.h"
#include "name_pattern.h"
#include "tise/data/captions.h"
#include "tise/data/images.h"

/// The rules that find images for captions: by which fields images may be named, and in which patterns.
namespace tise::data {

/// All image names as read by one pattern.
struct Reading {
  std::string rule;  ///< in words
  NamePattern pattern;
  std::shared_ptr<const std::vector<Values>> values;  ///< one per item
  std::vector<std::vector<std::size_t>> items = {};   ///< those of each image
  std::size_t items_found = 0;                        ///< number of items that have images
  std::size_t images_found = 0;                       ///< number of images that have items
  std::size_t beyond = 0;     ///< images whose row number no row has; 0 unless named by row
  bool is_complete = false;   ///< each item has an image
  bool is_plausible = false;  ///< half of the images have items, or half of the items have images

  bool uses(std::size_t image) const { return !items[image].empty(); }
  /// The image name that is expected for an item.
  std::string wanted(std::size_t item) const { return pattern.filled((*values)[item]); }
};

/// Reads the names of images by patterns.
class NameReader {
 public:
  NameReader(const Captions& captions, const std::vector<ImageFile>& images);

  /// Reads them by a pattern that the user gave. Throws InputError if an item lacks one of its fields.
  Reading by(const NamePattern& pattern) const;

  /// Calls `visit` for each rule, the most reliable one first, until it returns false. Passes one reading
  /// per pattern of the rule that fits some image.
  void for_each_rule(const std::function<bool(std::vector<Reading>&&)>& visit) const;

 private:
  using Shared = std::shared_ptr<const std::vector<Values>>;

  Reading read(std::string rule, const NamePattern& pattern, const ItemIndex& index,
               const Shared& values) const;
  /// Reads them by a field alone, in folders, with copies and so on.
  std::vector<Reading> read_ways(const std::string& rule, std::span<const std::string_view> ways,
                                 const std::string& field, const Shared& values) const;
  std::vector<Reading> by_names(std::size_t begin) const;
  template <class Value>
  Shared values_of(const Value& value) const;

  const Captions& captions_;
  const std::vector<ImageFile>& images_;
  std::vector<std::string> stems_;  ///< names without extensions
  std::string prefix_;              ///< what all stems start with, up to a number
};

}  // namespace tise::data
