#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tise/data/images.h"
#include "tise/image/decode.h"

namespace tise::store {

/// Which bytes a row was computed from.
struct FileIdentity {
  std::string name;  ///< the image's name in its folder
  data::FileState state;
  std::string sha256;                 ///< of its bytes
  image::PictureHeader picture = {};  ///< what its header says; nothing where that isn't kept
};

/// Named tensors whose first dimension counts the rows.
using Columns = std::vector<std::pair<std::string, at::Tensor>>;

/// What a column group holds of some images, in the order of their names.
struct ImageRows {
  std::string group;
  std::vector<FileIdentity> files;
  Columns columns;  ///< one row per image
  /// If the images hold items (objects): one row per item, one image's after another's. The column `lengths`
  /// ([n] int64) then has the number of each image's items.
  Columns items;
};

/// What a detector found in a picture, by falling score.
struct Detections {
  at::Tensor boxes;   ///< [n, 4] float32, CPU: x0, y0, x1, y1 in the picture's pixels
  at::Tensor labels;  ///< [n] int64, CPU: label k stands for Card::labels[k - 1]
  at::Tensor scores;  ///< [n] float32, CPU
};

/// How many of the scores ([n] float32, falling) are at or above a threshold.
std::int64_t count_from(const at::Tensor& scores, double threshold);

struct TokenizedText {
  std::string text;
  std::vector<std::int64_t> tokens;
  bool is_cut = false;  ///< whether the text has more tokens than the encoder's context, where these end
  bool operator==(const TokenizedText&) const = default;
};

/// Embeddings of texts.
struct TextRows {
  std::vector<TokenizedText> texts;
  at::Tensor embeddings;  ///< [n, D] float32
};

}  // namespace tise::store
