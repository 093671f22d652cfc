#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tise/data/images.h"

namespace tise::pipeline {

/// Which bytes a row was computed from.
struct FileIdentity {
  std::string name;  ///< the image's name in its folder
  data::FileState state;
  std::string sha256;  ///< of its bytes
};

/// Named tensors whose first dimension counts the rows.
using Columns = std::vector<std::pair<std::string, at::Tensor>>;

/// What a column group holds of some images, in the order of their names.
struct ImageRows {
  std::string group;
  std::vector<FileIdentity> files;
  Columns columns;  ///< a row an image
  /// Where the images hold items (objects), a row an item, one image's after another's; the column `lengths`
  /// ([n] int64) then says how many each has.
  Columns items;
};

struct TokenizedText {
  std::string text;
  std::vector<std::int64_t> tokens;
  bool is_cut = false;  ///< whether the text has more tokens than CLIP's context, where these end
  bool operator==(const TokenizedText&) const = default;
};

/// Embeddings of texts.
struct TextRows {
  std::vector<TokenizedText> texts;
  at::Tensor embeddings;  ///< [n, D] float32
};

}  // namespace tise::pipeline
