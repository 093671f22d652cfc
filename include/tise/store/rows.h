#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tise/data/images.h"
#include "tise/image/decode.h"

namespace tise::store {

/// The file that a row was computed from.
struct FileIdentity {
  std::string name;  ///< the image's name in its folder
  data::FileState state;
  std::string sha256;                 ///< of its bytes
  image::PictureHeader picture = {};  ///< what its header states; empty if not recorded
};

/// Named tensors; their first dimension is the row.
using Columns = std::vector<std::pair<std::string, at::Tensor>>;

/// Rows of a column group for some images, in the order of their names.
struct ImageRows {
  std::string group;
  std::vector<FileIdentity> files;
  Columns columns;  ///< one row per image
  /// If the images have items (objects): one row per item, grouped by image. The column `lengths` ([n] int64)
  /// then has the number of items of each image.
  Columns items;
};

/// What a detector found in an image, by descending score.
struct Detections {
  at::Tensor boxes;   ///< [n, 4] float32, CPU: x0, y0, x1, y1 in pixels
  at::Tensor labels;  ///< [n] int64, CPU: label k means Card::labels[k - 1]
  at::Tensor scores;  ///< [n] float32, CPU
};

/// How many scores ([n] float32, descending) are at or above a threshold.
std::int64_t count_from(const at::Tensor& scores, double threshold);

struct TokenizedText {
  std::string text;
  std::vector<std::int64_t> tokens;
  bool is_cut = false;  ///< whether `tokens` were cut to fit into the encoder's context
  bool operator==(const TokenizedText&) const = default;
};

/// Embeddings of texts.
struct TextRows {
  std::vector<TokenizedText> texts;
  at::Tensor embeddings;  ///< [n, D] float32
};

}  // namespace tise::store
