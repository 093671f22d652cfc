#include "tise/metrics/selection.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace tise::metrics {

const at::Tensor& Rows::at(std::string_view column) const {
  const auto found = columns.find(column);
  if (found == columns.end()) throw std::logic_error("no column " + std::string(column));
  return found->second;
}

bool SamplePair::used_by(std::string_view metric) const {
  return !metrics || std::ranges::find(*metrics, metric) != metrics->end();
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
  }
  for (const std::size_t pair : pairs_for(samples, metric)) used.push_back(samples.pairs[pair].image);
  return sorted_set(std::move(used));
}

std::vector<std::vector<std::size_t>> pairs_by_image(const Samples& samples,
                                                     const std::vector<std::size_t>& pairs) {
  std::vector<std::vector<std::size_t>> by_image(samples.images.size());
  for (const std::size_t pair : pairs) by_image[samples.pairs[pair].image].push_back(pair);
  return by_image;
}

std::vector<std::size_t> sorted_set(std::vector<std::size_t> values) {
  std::ranges::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

Pass pass_over(const Reading& reading, RowVisitor visit, std::function<Step()> then) {
  return {reading.rows, {reading.column}, reading.samples.images.size(), std::move(visit), std::move(then)};
}

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

}  // namespace tise::metrics
