#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "tise/metrics/samples.h"

namespace tise::metrics {

/// Some rows of one tensor, such as features: one an image, or one a crop.
struct RowBlock {
  std::span<const std::size_t> images;  ///< of each row its image, an index into Samples::images
  std::span<const std::size_t> places;  ///< of each row its place in the order of all rows
  at::Tensor rows;                      ///< [n, width]
};

/// Calls its argument with all rows, each once, block by block, in an order that is not defined. May be
/// called again. What it was made of must outlive it.
using RowBlocks = std::function<void(const std::function<void(const RowBlock&)>&)>;

/// One row for each of `images` (rising), in their order, such as `&ImageRows::features`.
RowBlocks image_blocks(const ImageStream& stream, const std::vector<std::size_t>& images,
                       at::Tensor ImageRows::*tensor);

/// One row for each object of `images` (rising), such as `&ObjectRows::features`: in the order of the images
/// and, within each, of falling score, the first `limit` of them. `first` is where each image's begin
/// (`first_places`).
RowBlocks object_blocks(const ObjectStream& stream, const std::vector<std::size_t>& images,
                        const std::vector<std::size_t>& first, at::Tensor ObjectRows::*tensor,
                        std::size_t limit = std::numeric_limits<std::size_t>::max());

}  // namespace tise::metrics
