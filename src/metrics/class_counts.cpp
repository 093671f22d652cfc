#include "tise/metrics/class_counts.h"

#include <ATen/ATen.h>

#include <utility>

#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

/// By the classes of an image's objects, index -1 for none.
void visit_objects(const Rows& block, const at::Tensor& classes, std::size_t count,
                   const CountsVisitor& visit) {
  const auto* object = classes.const_data_ptr<std::int64_t>();
  for (std::size_t i = 0; i < block.images.size(); ++i) {
    std::vector<double> counts(count, 0.0);
    for (std::int64_t k = 0; k < block.lengths[i]; ++k, ++object) {
      if (*object >= 0) counts[static_cast<std::size_t>(*object)] += 1.0;
    }
    visit(block.images[i], counts);
  }
}

void visit_counts(const Rows& block, const at::Tensor& counts, std::size_t count,
                  const CountsVisitor& visit) {
  const at::Tensor rows = counts.to(at::kDouble).contiguous();
  const auto* row = rows.const_data_ptr<double>();
  for (const std::size_t image : block.images) {
    visit(image, {row, count});
    row += count;
  }
}

}  // namespace

Pass pass_over_counts(const Reading& reading, std::vector<std::size_t> images, CountsVisitor visit,
                      std::function<Step()> then) {
  return pass_over(
      reading.rows, {reading.column}, std::move(images),
      [column = reading.column, count = reading.samples.classes.size(),
       visit = std::move(visit)](const Rows& block) {
        (block.lengths.empty() ? visit_counts : visit_objects)(block, block.at(column), count, visit);
      },
      std::move(then));
}

}  // namespace tise::metrics
