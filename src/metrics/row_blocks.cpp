#include "tise/metrics/row_blocks.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

/// ColumnRows::first for the rows of `images` (rising). `lengths` has the number of objects in each of
/// `count` images; if it is empty, each image has one row.
std::vector<std::size_t> first_places(const std::vector<std::uint32_t>& lengths, std::size_t count,
                                      const std::vector<std::size_t>& images) {
  std::vector<std::size_t> first(count + 1, kNowhere);
  std::size_t next = 0;
  for (const std::size_t image : images) {
    first[image] = next;
    next += lengths.empty() ? 1 : lengths[image];
  }
  first.back() = next;
  return first;
}

/// The rows of a block that count.
RowBlock taken_from(const Rows& block, const std::string& column, const ColumnRows& of) {
  RowBlock taken;
  std::vector<std::int64_t> picked;
  std::int64_t row = 0;
  for (std::size_t i = 0; i < block.images.size(); ++i) {
    const std::int64_t length = block.lengths.empty() ? 1 : block.lengths[i];
    const std::size_t place_of_first = of.first[block.images[i]];
    for (std::int64_t k = 0; k < length; ++k, ++row) {
      const std::size_t place = place_of_first + static_cast<std::size_t>(k);
      if (place_of_first == kNowhere || place >= of.limit) continue;
      taken.images.push_back(block.images[i]);
      taken.places.push_back(place);
      picked.push_back(row);
    }
  }
  const at::Tensor& all = block.at(column);
  const bool is_whole = static_cast<std::int64_t>(picked.size()) == all.size(0);
  taken.rows = is_whole ? all : all.index_select(0, at::tensor(picked, at::kLong).to(all.device()));
  return taken;
}

/// A visitor that passes on each block of rows, without the rows that don't count.
RowVisitor blocks_of(ColumnRows rows, const std::string& column, BlockVisitor visit) {
  return [own = std::make_shared<const ColumnRows>(std::move(rows)), column,
          visit = std::move(visit)](const Rows& block) {
    const RowBlock taken = taken_from(block, column, *own);
    if (!taken.images.empty()) visit(taken);
  };
}

ColumnRows all_rows(const GroupRows& rows, std::size_t images) {
  ColumnRows all;
  all.images = numbers_below(images);
  all.first = first_places(rows.lengths, images, all.images);
  all.limit = all.count();
  return all;
}

/// Counts each image's objects by class, index -1 for no class. `none`: the counts of an image without
/// objects.
void visit_objects(const Rows& block, const at::Tensor& classes, const std::vector<double>& none,
                   const CountsVisitor& visit) {
  const auto* object = classes.const_data_ptr<std::int64_t>();
  for (std::size_t i = 0; i < block.images.size(); ++i) {
    std::vector<double> counts = none;
    for (std::int64_t k = 0; k < block.lengths[i]; ++k, ++object) {
      if (*object >= 0) counts[static_cast<std::size_t>(*object)] += 1.0;
    }
    visit(block.images[i], counts);
  }
}

void visit_counts(const Rows& block, const at::Tensor& counts, const CountsVisitor& visit) {
  const at::Tensor rows = counts.to(at::kDouble).contiguous();
  const auto* row = rows.const_data_ptr<double>();
  const auto count = static_cast<std::size_t>(rows.size(1));
  for (const std::size_t image : block.images) {
    visit(image, {row, count});
    row += count;
  }
}

}  // namespace

ColumnRows column_rows(const Reading& reading) {
  ColumnRows rows;
  rows.noun = reading.objects == nullptr ? "image" : "crop";
  rows.images = images_for(reading.samples, reading.metric);
  rows.first = first_places(reading.rows->lengths, reading.samples.images.size(), rows.images);
  rows.limit = rows.count();
  return rows;
}

Pass pass_over(const Reading& reading, const ColumnRows& rows, BlockVisitor visit,
               std::function<Step()> then) {
  return pass_over(reading, blocks_of(rows, reading.column, std::move(visit)), std::move(then));
}

PlacedRows placed_rows(const Reading& reading, const ColumnRows& rows) {
  return {.count = std::min(rows.limit, rows.count()),
          .visit = [&of = *reading.rows, column = reading.column, rows](const BlockVisitor& visit) {
            of.visit({column}, blocks_of(rows, column, visit));
          }};
}

PlacedRows placed_rows(const GroupRows& rows, const std::string& column, std::size_t images,
                       std::int64_t width) {
  const ColumnRows all = all_rows(rows, images);
  return {.count = all.limit, .width = width, .visit = [rows, column, all](const BlockVisitor& visit) {
            rows.visit({column}, blocks_of(all, column, visit));
          }};
}

Moments moments_of(const GroupRows& rows, const std::string& column, std::size_t images, Protocol protocol,
                   c10::Device device) {
  ColumnRows all = all_rows(rows, images);
  all.limit = fid_samples(all.count(), protocol);
  MomentsAccumulator accumulator(device);
  rows.visit({column}, blocks_of(all, column, [&](const RowBlock& block) { accumulator.add(block.rows); }));
  return accumulator.moments();
}

void put_real(Result& result, const RealFeatures& real, std::int64_t count) {
  if (count > 0) result.details["n_real"] = count;
  if (real.verified) return;
  result.details["unverified"] = true;
  result.warnings.emplace_back(
      "it is unknown whether the real statistics were made with this network and preparation");
}

void put_crops(Result& result, const Reading& reading) {
  if (reading.objects == nullptr || !result.value) return;
  const std::vector<std::size_t> images = images_for(reading.samples, reading.metric);
  std::size_t empty = 0;
  for (const std::size_t image : images)
    empty += reading.objects->lengths[image] - reading.rows->lengths[image];
  result.details["images"] = images.size();
  result.details["empty"] = empty;
}

Pass pass_over_counts(const Reading& reading, CountsVisitor visit, std::function<Step()> then) {
  std::vector<double> none(reading.samples.classes.size(), 0.0);
  for (const std::size_t index : reading.rows->unknown_classes)
    none[index] = std::numeric_limits<double>::quiet_NaN();
  return pass_over(
      reading,
      [column = reading.column, none = std::move(none), visit = std::move(visit)](const Rows& block) {
        const at::Tensor& values = block.at(column);
        block.lengths.empty() ? visit_counts(block, values, visit)
                              : visit_objects(block, values, none, visit);
      },
      std::move(then));
}

}  // namespace tise::metrics
