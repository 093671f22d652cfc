#include "tise/metrics/row_blocks.h"

#include <ATen/ATen.h>

#include <cstdint>
#include <memory>
#include <numeric>
#include <utility>

#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

/// Which rows of a block count.
struct Taken {
  std::vector<std::size_t> images;
  std::vector<std::size_t> places;
  std::vector<std::int64_t> rows;
};

Taken taken_of(const Rows& block, const std::vector<std::size_t>& first, std::size_t limit) {
  Taken taken;
  std::int64_t row = 0;
  for (std::size_t i = 0; i < block.images.size(); ++i) {
    const std::int64_t length = block.lengths.empty() ? 1 : block.lengths[i];
    const std::size_t place_of_first = first[block.images[i]];
    for (std::int64_t k = 0; k < length; ++k, ++row) {
      const std::size_t place = place_of_first + static_cast<std::size_t>(k);
      if (place_of_first == kNowhere || place >= limit) continue;
      taken.images.push_back(block.images[i]);
      taken.places.push_back(place);
      taken.rows.push_back(row);
    }
  }
  return taken;
}

}  // namespace

RowVisitor ColumnRows::blocks(const std::string& column, BlockVisitor visit) const {
  return
      [own = std::make_shared<const ColumnRows>(*this), column, visit = std::move(visit)](const Rows& block) {
        const Taken taken = taken_of(block, own->first, own->limit);
        if (taken.rows.empty()) return;
        const at::Tensor& rows = block.at(column);
        const bool all = static_cast<std::int64_t>(taken.rows.size()) == rows.size(0);
        visit({taken.images, taken.places,
               all ? rows : rows.index_select(0, at::tensor(taken.rows, at::kLong).to(rows.device()))});
      };
}

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
  return pass_over(reading, rows.blocks(reading.column, std::move(visit)), std::move(then));
}

Moments moments_of(const GroupRows& rows, const std::string& column, std::size_t images, Protocol protocol,
                   c10::Device device) {
  ColumnRows all;
  all.images.resize(images);
  std::iota(all.images.begin(), all.images.end(), std::size_t{0});
  all.first = first_places(rows.lengths, images, all.images);
  all.limit = fid_samples(all.count(), protocol);
  MomentsAccumulator accumulator(device);
  rows.visit({column}, all.blocks(column, [&](const RowBlock& block) { accumulator.add(block.rows); }));
  return accumulator.moments();
}

void put_crops(Result& result, const Reading& reading, const ColumnRows& rows) {
  if (reading.objects == nullptr || !result.value) return;
  std::size_t empty = 0;
  for (const std::size_t image : rows.images)
    empty += reading.objects->lengths[image] - reading.rows->lengths[image];
  result.details["images"] = rows.images.size();
  result.details["empty"] = empty;
}

}  // namespace tise::metrics
