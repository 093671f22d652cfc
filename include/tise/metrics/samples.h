#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tise::metrics {

/// Some rows of a column group: one per image, or one per object in some images. Metrics share them, so do
/// not write to the tensors.
struct Rows {
  std::vector<std::size_t> images;  ///< indices into Samples::images
  /// The number of objects in each image. An image's objects have consecutive rows, by falling score. Empty
  /// if each image has one row.
  std::vector<std::int64_t> lengths;
  std::map<std::string, at::Tensor, std::less<>> columns;  ///< [rows, …] each

  /// Throws std::logic_error if the column is missing.
  const at::Tensor& at(std::string_view column) const;
};
using RowVisitor = std::function<void(const Rows&)>;
using ColumnNames = std::vector<std::string>;

/// The rows of a column group for all evaluated images. They are not held in memory.
struct GroupRows {
  /// Calls the visitor with each image's rows exactly once, block by block, in unspecified order, with at
  /// least the named columns. May be called again.
  std::function<void(const ColumnNames&, const RowVisitor&)> visit;
  /// For a group of objects: the number of objects in each image.
  std::vector<std::uint32_t> lengths;
  /// For a group with labels: the indices into Samples::classes that no label stands for.
  std::vector<std::size_t> unknown_classes = {};
};

/// Some rows of one column, such as features: one per image, or one per crop.
struct RowBlock {
  std::vector<std::size_t> images;  ///< each row's image, an index into Samples::images
  std::vector<std::size_t> places;  ///< each row's place in the order of all rows
  at::Tensor rows;                  ///< [n, width]
};
using BlockVisitor = std::function<void(const RowBlock&)>;

/// Rows of one column, at places 0 to count − 1.
struct PlacedRows {
  std::size_t count = 0;
  std::int64_t width = 0;
  /// Calls the visitor with each row once, in unspecified order. May be called again.
  std::function<void(const BlockVisitor&)> visit = {};
};

/// In place of a row of Texts: the store does not have the text.
inline constexpr std::size_t kNoRow = static_cast<std::size_t>(-1);

/// The rows of a pair's texts.
struct PairTexts {
  std::size_t prompted = kNoRow;         ///< prompt + caption
  std::size_t bare = kNoRow;             ///< the caption alone
  std::size_t opposite = kNoRow;         ///< the caption with the opposite positional word
  std::vector<std::size_t> references;   ///< prompt + reference
  std::vector<std::size_t> distractors;  ///< listed distractors without the prompt (RP, sampled)
};

/// An encoder's embeddings of the texts. Texts with the same tokens share a row.
struct Texts {
  /// Reads the embeddings of some rows: [rows.size(), D] float32, not normalized, in the order asked for.
  std::function<at::Tensor(std::span<const std::size_t> rows)> read;
  std::vector<PairTexts> of_pair;  ///< for each of Samples::pairs
  std::size_t cut = 0;             ///< number of distinct texts read by metrics that the context truncated
};

/// How many objects of a class a caption asks for.
struct Asked {
  std::size_t class_index = 0;  ///< into Samples::classes
  double number = 0;
};

/// One image/caption pair.
struct SamplePair {
  std::string id;
  std::size_t image = 0;    ///< index into Samples::images
  std::size_t caption = 0;  ///< a number for the text; pairs with the same text as written share it
  bool is_caption_empty = false;
  std::optional<std::size_t> cluster;  ///< pairs with the same label share a number
  std::string position;                ///< the caption's positional word; empty if unknown
  std::vector<std::size_t> objects;    ///< mentioned classes, indices into Samples::classes, each once
  std::vector<Asked> asked;            ///< each class at most once
  std::optional<std::vector<std::string>> metrics;  ///< if set, only these metrics use the pair
};

/// What metrics read: the pairs, and access to the rows of their images and texts.
struct Samples {
  std::vector<std::string> images;          ///< names of the evaluated images, in bytewise order
  std::vector<SamplePair> pairs;            ///< in the captions' order; empty without captions
  std::vector<std::string> classes;         ///< names
  std::map<std::string, GroupRows> groups;  ///< by Source::name
  std::map<std::string, Texts> texts;       ///< by the encoder's archive
};

}  // namespace tise::metrics
