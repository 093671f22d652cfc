#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "tise/metrics/registry.h"
#include "tise/metrics/samples.h"
#include "tise/metrics/step.h"

namespace tise::metrics {

/// Some rows of one column, such as features: one per image, or one per crop.
struct RowBlock {
  std::span<const std::size_t> images;  ///< of each row its image, an index into Samples::images
  std::span<const std::size_t> places;  ///< of each row its place in the order of all rows
  at::Tensor rows;                      ///< [n, width]
};
using BlockVisitor = std::function<void(const RowBlock&)>;

/// The rows that a metric such as FID or IS rests on: in the order of the images and, within each, of falling
/// score.
struct ColumnRows {
  std::string noun;                 ///< what a row is of: `image`, `crop`
  std::vector<std::size_t> images;  ///< indices into Samples::images, rising
  std::vector<std::size_t> first;   ///< first_places of the images
  std::size_t limit = 0;            ///< only rows at places below it count

  std::size_t count() const { return first.back(); }  ///< those beyond the limit included

  /// The visitor that hands each block of rows on, without those that don't count.
  RowVisitor blocks(const std::string& column, BlockVisitor visit) const;
};

/// Those of a metric's group, of the images that it uses.
ColumnRows column_rows(const Reading& reading);

/// One pass over them.
Pass pass_over(const Reading& reading, const ColumnRows& rows, BlockVisitor visit,
               std::function<Step()> then);

/// Moments of a column of the rows of `images` images: of all, or of whole batches as the protocol has it.
/// Summed on the device.
Moments moments_of(const GroupRows& rows, const std::string& column, std::size_t images, Protocol protocol,
                   c10::Device device);

/// Of crops: how many images they are of, and how many objects have no crop, since they have no pixel. Of
/// images nothing.
void put_crops(Result& result, const Reading& reading, const ColumnRows& rows);

}  // namespace tise::metrics
