#include "tise/metrics/row_blocks.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

/// Which rows of a chunk of objects come before the limit.
struct Taken {
  std::vector<std::size_t> images;
  std::vector<std::size_t> places;
  std::vector<std::int64_t> rows;
};

Taken taken_of(const ObjectRows& chunk, const std::vector<std::size_t>& first, std::size_t limit) {
  Taken taken;
  std::int64_t row = 0;
  for (std::size_t i = 0; i < chunk.images.size(); ++i) {
    for (std::int64_t k = 0; k < chunk.counts[i]; ++k, ++row) {
      const std::size_t place = first[chunk.images[i]] + static_cast<std::size_t>(k);
      if (place >= limit) continue;
      taken.images.push_back(chunk.images[i]);
      taken.places.push_back(place);
      taken.rows.push_back(row);
    }
  }
  return taken;
}

}  // namespace

RowBlocks image_blocks(const ImageStream& stream, const std::vector<std::size_t>& images,
                       at::Tensor ImageRows::*tensor) {
  return [&stream, &images, tensor](const auto& visit) {
    visit_images(stream, images, [&](const ImageRows& chunk) {
      std::vector<std::size_t> places;
      for (const std::size_t image : chunk.images) {
        places.push_back(
            static_cast<std::size_t>(std::lower_bound(images.begin(), images.end(), image) - images.begin()));
      }
      visit({chunk.images, places, chunk.*tensor});
    });
  };
}

RowBlocks object_blocks(const ObjectStream& stream, const std::vector<std::size_t>& images,
                        const std::vector<std::size_t>& first, at::Tensor ObjectRows::*tensor,
                        std::size_t limit) {
  return [&stream, &images, &first, tensor, limit](const auto& visit) {
    visit_objects(stream, images, [&](const ObjectRows& chunk) {
      const Taken taken = taken_of(chunk, first, limit);
      const at::Tensor& rows = chunk.*tensor;
      if (taken.rows.empty()) return;
      const bool all = static_cast<std::int64_t>(taken.rows.size()) == rows.size(0);
      visit({taken.images, taken.places,
             all ? rows : rows.index_select(0, at::tensor(taken.rows, at::kLong).to(rows.device()))});
    });
  };
}

}  // namespace tise::metrics
