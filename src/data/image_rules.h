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

/// The rules by which images are found for captions: what they may be called by, and the patterns that their
/// names then follow.
namespace tise::data {

/// What a pattern makes of the names of images.
struct Reading {
  std::string rule;  ///< in words
  NamePattern pattern;
  std::shared_ptr<const std::vector<Values>> values;  ///< of each item
  std::vector<std::vector<std::size_t>> items = {};   ///< of each image
  std::size_t items_found = 0;                        ///< items that have images
  std::size_t images_found = 0;                       ///< images that have items
  std::size_t beyond = 0;     ///< images with a row's number that no row has; 0 but for rows
  bool is_complete = false;   ///< each item has an image
  bool is_plausible = false;  ///< half of the images have items, or half of the items images

  bool uses(std::size_t image) const { return !items[image].empty(); }
  /// The name that an item looks for.
  std::string wanted(std::size_t item) const { return pattern.filled((*values)[item]); }
};

/// Reads the names of images.
class NameReader {
 public:
  NameReader(const Captions& captions, const std::vector<ImageFile>& images);

  /// By a pattern that someone gave. Throws InputError if items lack one of its fields.
  Reading by(const NamePattern& pattern) const;

  /// What each rule makes of them, the most telling rule first: of its patterns those that some image
  /// follows. Calls `visit` with each until it returns false.
  void for_each_rule(const std::function<bool(std::vector<Reading>&&)>& visit) const;

 private:
  using Shared = std::shared_ptr<const std::vector<Values>>;

  Reading read(std::string rule, const NamePattern& pattern, const ItemIndex& index,
               const Shared& values) const;
  /// With a field by itself, in folders, with copies and so on.
  std::vector<Reading> read_ways(const std::string& rule, std::span<const std::string_view> ways,
                                 const std::string& field, const Shared& values) const;
  std::vector<Reading> by_names(std::size_t begin) const;
  template <class Value>
  Shared values_of(const Value& value) const;

  const Captions& captions_;
  const std::vector<ImageFile>& images_;
  std::vector<std::string> stems_;  ///< names without extensions
  std::string prefix_;              ///< what all of them begin with, up to a number
};

}  // namespace tise::data
