#include "tise/metrics/selection.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace tise::metrics {
namespace {

/// The given rows of a tensor; an undefined one stays so.
at::Tensor rows_of(const at::Tensor& tensor, const std::vector<std::int64_t>& rows) {
  if (!tensor.defined()) return tensor;
  return tensor.index_select(0, at::tensor(rows, at::kLong).to(tensor.device()));
}

}  // namespace

bool SamplePair::used_by(std::string_view metric) const {
  return !metrics || std::find(metrics->begin(), metrics->end(), metric) != metrics->end();
}

std::vector<std::size_t> pairs_for(const Samples& samples, std::string_view metric) {
  std::vector<std::size_t> used;
  for (std::size_t i = 0; i < samples.pairs.size(); ++i) {
    if (samples.pairs[i].used_by(metric)) used.push_back(i);
  }
  return used;
}

std::vector<std::size_t> images_for(const Samples& samples, std::string_view metric) {
  std::vector<std::size_t> used;
  if (samples.pairs.empty()) {
    used.resize(samples.images.size());
    std::iota(used.begin(), used.end(), std::size_t{0});
    return used;
  }
  for (const std::size_t pair : pairs_for(samples, metric)) used.push_back(samples.pairs[pair].image);
  return sorted_set(std::move(used));
}

std::vector<std::size_t> sorted_set(std::vector<std::size_t> values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

void visit_images(const ImageStream& stream, const std::vector<std::size_t>& images,
                  const std::function<void(const ImageRows&)>& visit) {
  std::vector<bool> seen(images.size(), false);
  std::size_t count = 0;
  stream([&](const ImageRows& chunk) {
    ImageRows kept;
    std::vector<std::int64_t> rows;
    for (std::size_t row = 0; row < chunk.images.size(); ++row) {
      const auto found = std::lower_bound(images.begin(), images.end(), chunk.images[row]);
      if (found == images.end() || *found != chunk.images[row]) continue;
      const auto position = static_cast<std::size_t>(found - images.begin());
      if (seen[position]) throw std::logic_error("the stream has an image twice");
      seen[position] = true;
      rows.push_back(static_cast<std::int64_t>(row));
      kept.images.push_back(chunk.images[row]);
    }
    if (rows.empty()) return;
    count += rows.size();
    if (rows.size() == chunk.images.size()) return visit(chunk);
    kept.embeddings = rows_of(chunk.embeddings, rows);
    kept.features = rows_of(chunk.features, rows);
    kept.logits = rows_of(chunk.logits, rows);
    visit(kept);
  });
  if (count != images.size()) throw std::logic_error("the stream lacks an evaluated image");
}

std::string counted(std::size_t n, std::string_view noun) {
  return std::to_string(n) + " " + std::string(noun) + (n == 1 ? "" : "s");
}

}  // namespace tise::metrics
