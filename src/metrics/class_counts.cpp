#include "tise/metrics/class_counts.h"

#include <ATen/ATen.h>

#include "tise/metrics/selection.h"

namespace tise::metrics {

void visit_detected_counts(const Samples& samples, const std::vector<std::size_t>& images,
                           const CountsVisitor& visit) {
  visit_objects(samples.detections, images, [&](const ObjectRows& chunk) {
    const auto* object = chunk.classes.const_data_ptr<std::int64_t>();
    for (std::size_t i = 0; i < chunk.images.size(); ++i) {
      std::vector<double> counts(samples.classes.size(), 0.0);
      for (std::int64_t k = 0; k < chunk.counts[i]; ++k, ++object) {
        if (*object >= 0) counts[static_cast<std::size_t>(*object)] += 1.0;
      }
      visit(chunk.images[i], counts);
    }
  });
}

void visit_counts(const Samples& samples, const std::vector<std::size_t>& images,
                  const CountsVisitor& visit) {
  if (!samples.counter) return visit_detected_counts(samples, images, visit);
  visit_images(samples.counter, images, [&](const ImageRows& chunk) {
    const at::Tensor rows = chunk.counts.to(at::kDouble).contiguous();
    const auto* row = rows.const_data_ptr<double>();
    for (const std::size_t image : chunk.images) {
      visit(image, {row, samples.classes.size()});
      row += samples.classes.size();
    }
  });
}

}  // namespace tise::metrics
