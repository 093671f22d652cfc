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

/// The rows that a metric such as FID or IS rests on: in the order of the images and, within each, of falling
/// score.
struct ColumnRows {
  std::string noun;                 ///< what a row is of: `image`, `crop`
  std::vector<std::size_t> images;  ///< indices into Samples::images, rising
  /// Of each of Samples::images the place of its first row, or kNowhere; then how many rows there are in all.
  std::vector<std::size_t> first;
  std::size_t limit = 0;  ///< only rows at places below it count

  std::size_t count() const { return first.back(); }  ///< those beyond the limit included
};

/// In place of a row's place: its image isn't used.
inline constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

/// Those of a metric's group, of the images that it uses.
ColumnRows column_rows(const Reading& reading);

/// One pass over them.
Pass pass_over(const Reading& reading, const ColumnRows& rows, BlockVisitor visit,
               std::function<Step()> then);

/// The same rows, to be looked at as often as it takes.
PlacedRows placed_rows(const Reading& reading, const ColumnRows& rows);

/// A column, `width` wide, of the rows of `images` images.
PlacedRows placed_rows(const GroupRows& rows, const std::string& column, std::size_t images,
                       std::int64_t width);

/// Moments of a column of the rows of `images` images: of all, or of whole batches as the protocol has it.
/// Summed on the device.
Moments moments_of(const GroupRows& rows, const std::string& column, std::size_t images, Protocol protocol,
                   c10::Device device);

/// What is known of the real images that a metric is held against: how many, and a warning if nobody knows
/// what made their features.
void put_real(Result& result, const RealFeatures& real, std::int64_t count);

/// Of crops: how many images they are of, and how many objects have no crop, since they have no pixel. Of
/// images nothing.
void put_crops(Result& result, const Reading& reading);

/// An image, and how many objects of each of Samples::classes it shows; NaN for a class that the
/// detector or counter doesn't know.
using CountsVisitor = std::function<void(std::size_t image, std::span<const double> counts)>;

/// A pass over the counts of all images, by what was detected in them or by a counter.
Pass pass_over_counts(const Reading& reading, CountsVisitor visit, std::function<Step()> then);

}  // namespace tise::metrics
