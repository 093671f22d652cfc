#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <string_view>
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

/// What a metric of rows, such as FID or IS, is computed of.
struct MetricRows {
  std::string_view metric;          ///< its key
  std::string_view noun;            ///< what a row is of: `image`
  std::vector<std::size_t> images;  ///< indices into Samples::images, rising
  RowBlocks blocks;                 ///< rows of those images
  std::size_t count = 0;            ///< of rows, before a protocol drops some
};

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
