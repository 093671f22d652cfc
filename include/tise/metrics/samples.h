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

/// Some rows of a column group: one per image, or one per object in some images. Metrics share them: nobody
/// writes to the tensors.
struct Rows {
  std::vector<std::size_t> images;  ///< indices into Samples::images
  /// How many objects each of them has, whose rows follow one another by falling score; empty if each image
  /// has one row.
  std::vector<std::int64_t> lengths;
  std::map<std::string, at::Tensor, std::less<>> columns;  ///< [rows, …] each

  /// Throws std::logic_error if the rows lack the column.
  const at::Tensor& at(std::string_view column) const;
};
using RowVisitor = std::function<void(const Rows&)>;
using ColumnNames = std::vector<std::string>;

/// The rows of a column group for all evaluated images. Memory doesn't hold them.
struct GroupRows {
  /// Calls the visitor with each image's rows exactly once, block by block, in an order that is not defined;
  /// of the columns at least the named ones. May be called again.
  std::function<void(const ColumnNames&, const RowVisitor&)> visit;
  /// Of a group of objects: how many each image has.
  std::vector<std::uint32_t> lengths;
  /// Of what has labels: those of Samples::classes that none of them stands for.
  std::vector<std::size_t> unknown_classes = {};
};

/// Some rows of one column, such as features: one per image, or one per crop.
struct RowBlock {
  std::vector<std::size_t> images;  ///< of each row its image, an index into Samples::images
  std::vector<std::size_t> places;  ///< of each row its place in the order of all rows
  at::Tensor rows;                  ///< [n, width]
};
using BlockVisitor = std::function<void(const RowBlock&)>;

/// Rows of one column, at places 0 to count − 1.
struct PlacedRows {
  std::size_t count = 0;
  std::int64_t width = 0;
  /// Shows each of them once, in an order that is not defined. May be called again.
  std::function<void(const BlockVisitor&)> visit = {};
};

/// In place of a row of Texts: the store doesn't have this text.
inline constexpr std::size_t kNoRow = static_cast<std::size_t>(-1);

/// The rows of a pair's texts.
struct PairTexts {
  std::size_t prompted = kNoRow;         ///< of prompt + caption
  std::size_t bare = kNoRow;             ///< of the caption alone
  std::size_t opposite = kNoRow;         ///< of the caption with the opposite positional word
  std::vector<std::size_t> references;   ///< of prompt + reference
  std::vector<std::size_t> distractors;  ///< of listed distractors, bare (RP, sampled)
};

/// What an encoder made of the texts. Texts that tokenize alike share a row.
struct Texts {
  /// The embeddings of some rows: [rows.size(), D] float32, not normalised, in the order asked for.
  std::function<at::Tensor(std::span<const std::size_t> rows)> read;
  std::vector<PairTexts> of_pair;  ///< of each of Samples::pairs
  std::size_t cut = 0;             ///< distinct texts that the metrics read and the encoder's context cut
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
  std::size_t caption = 0;  ///< which text; pairs with the same text as written share it
  bool is_caption_empty = false;
  std::optional<std::size_t> cluster;  ///< pairs with the same label share a number
  std::string position;                ///< the caption's positional word; empty if it is not known
  std::vector<std::size_t> objects;    ///< mentioned classes, indices into Samples::classes, each once
  std::vector<Asked> asked;            ///< each class at most once
  std::optional<std::vector<std::string>> metrics;  ///< only these metrics use the pair
};

/// What metrics read: the pairs, and ways to the rows of their images and texts.
struct Samples {
  std::vector<std::string> images;          ///< names of the evaluated images, in bytewise order
  std::vector<SamplePair> pairs;            ///< in the captions' order; empty without captions
  std::vector<std::string> classes;         ///< names
  std::map<std::string, GroupRows> groups;  ///< by Source::name
  std::map<std::string, Texts> texts;       ///< by the encoder's archive
};

}  // namespace tise::metrics
