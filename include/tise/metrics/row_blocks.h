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

/// The rows that a metric such as FID or IS is computed from, in the order of the images and, within an
/// image, of falling score.
struct ColumnRows {
  std::string noun;                 ///< what a row describes: `image`, `crop`
  std::vector<std::size_t> images;  ///< indices into Samples::images, rising
  /// For each of Samples::images the place of its first row, or kNowhere. The last entry is the total number
  /// of rows.
  std::vector<std::size_t> first;
  std::size_t limit = 0;  ///< only rows at places below it count

  std::size_t count() const { return first.back(); }  ///< includes rows at or beyond `limit`
};

/// In ColumnRows::first: the image isn't used.
inline constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

/// The rows of a metric's group, for the images that it uses.
ColumnRows column_rows(const Reading& reading);

/// One pass over these rows.
Pass pass_over(const Reading& reading, const ColumnRows& rows, BlockVisitor visit,
               std::function<Step()> then);

/// The same rows, which can be visited repeatedly.
PlacedRows placed_rows(const Reading& reading, const ColumnRows& rows);

/// A column, `width` wide, of the rows of `images` images.
PlacedRows placed_rows(const GroupRows& rows, const std::string& column, std::size_t images,
                       std::int64_t width);

/// Moments of a column of the rows of `images` images: of all rows, or of full batches only, depending on the
/// protocol. Computed on the device.
Moments moments_of(const GroupRows& rows, const std::string& column, std::size_t images, Protocol protocol,
                   c10::Device device);

/// Adds the number of real images to the details, and a warning if it is unknown what made their features.
void put_real(Result& result, const RealFeatures& real, std::int64_t count);

/// For crops: adds to the details the number of images they come from, and of objects that have no crop
/// because they cover no pixel. Does nothing for images.
void put_crops(Result& result, const Reading& reading);

/// Called with an image and the number of objects of each of Samples::classes in it; NaN for a class that the
/// detector or counter doesn't know.
using CountsVisitor = std::function<void(std::size_t image, std::span<const double> counts)>;

/// A pass over the object counts of all images, from a detector or a counter.
Pass pass_over_counts(const Reading& reading, CountsVisitor visit, std::function<Step()> then);

}  // namespace tise::metrics
