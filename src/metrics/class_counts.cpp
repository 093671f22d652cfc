#include "tise/metrics/class_counts.h"

#include <ATen/ATen.h>

#include <limits>
#include <utility>
#include <vector>

#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

/// By the classes of an image's objects, index -1 for none. `none`: the counts of an image without any.
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
