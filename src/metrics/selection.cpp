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

template <typename Value>
std::vector<Value> chosen(const std::vector<Value>& values, const std::vector<std::int64_t>& rows) {
  std::vector<Value> result;
  result.reserve(rows.size());
  for (const std::int64_t row : rows) result.push_back(values[static_cast<std::size_t>(row)]);
  return result;
}

/// The objects of some of a chunk's images (rising).
std::vector<std::int64_t> objects_of(const ObjectRows& chunk, const std::vector<std::int64_t>& images) {
  std::vector<std::int64_t> objects;
  std::int64_t first = 0;
  std::size_t next = 0;
  for (std::size_t i = 0; i < chunk.counts.size() && next < images.size(); ++i) {
    if (static_cast<std::size_t>(images[next]) == i) {
      for (std::int64_t k = 0; k < chunk.counts[i]; ++k) objects.push_back(first + k);
      ++next;
    }
    first += chunk.counts[i];
  }
  return objects;
}

/// Images that are waited for, each to be seen once.
class Wanted {
 public:
  explicit Wanted(const std::vector<std::size_t>& images) : images_(images), seen_(images.size(), false) {}

  /// Which rows of a chunk hold wanted images.
  std::vector<std::int64_t> among(const std::vector<std::size_t>& chunk) {
    std::vector<std::int64_t> rows;
    for (std::size_t row = 0; row < chunk.size(); ++row) {
      const auto found = std::lower_bound(images_.begin(), images_.end(), chunk[row]);
      if (found == images_.end() || *found != chunk[row]) continue;
      const auto position = static_cast<std::size_t>(found - images_.begin());
      if (seen_[position]) throw std::logic_error("the stream has an image twice");
      seen_[position] = true;
      rows.push_back(static_cast<std::int64_t>(row));
    }
    count_ += rows.size();
    return rows;
  }

  void check_all_seen() const {
    if (count_ != images_.size()) throw std::logic_error("the stream lacks an evaluated image");
  }

 private:
  const std::vector<std::size_t>& images_;
  std::vector<bool> seen_;
  std::size_t count_ = 0;
};

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
  return images_of(samples, pairs_for(samples, metric));
}

std::vector<std::size_t> images_of(const Samples& samples, const std::vector<std::size_t>& pairs) {
  std::vector<std::size_t> images;
  images.reserve(pairs.size());
  for (const std::size_t pair : pairs) images.push_back(samples.pairs[pair].image);
  return sorted_set(std::move(images));
}

std::vector<std::vector<std::size_t>> pairs_by_image(const Samples& samples,
                                                     const std::vector<std::size_t>& pairs) {
  std::vector<std::vector<std::size_t>> by_image(samples.images.size());
  for (const std::size_t pair : pairs) by_image[samples.pairs[pair].image].push_back(pair);
  return by_image;
}

std::vector<std::size_t> sorted_set(std::vector<std::size_t> values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

void visit_images(const ImageStream& stream, const std::vector<std::size_t>& images,
                  const std::function<void(const ImageRows&)>& visit) {
  Wanted wanted(images);
  stream([&](const ImageRows& chunk) {
    const std::vector<std::int64_t> rows = wanted.among(chunk.images);
    if (rows.empty()) return;
    if (rows.size() == chunk.images.size()) return visit(chunk);
    visit({chosen(chunk.images, rows), rows_of(chunk.embeddings, rows), rows_of(chunk.features, rows),
           rows_of(chunk.logits, rows), rows_of(chunk.counts, rows)});
  });
  wanted.check_all_seen();
}

void visit_objects(const ObjectStream& stream, const std::vector<std::size_t>& images,
                   const std::function<void(const ObjectRows&)>& visit) {
  Wanted wanted(images);
  stream([&](const ObjectRows& chunk) {
    const std::vector<std::int64_t> kept = wanted.among(chunk.images);
    if (kept.empty()) return;
    if (kept.size() == chunk.images.size()) return visit(chunk);
    const std::vector<std::int64_t> objects = objects_of(chunk, kept);
    visit({chosen(chunk.images, kept), chosen(chunk.counts, kept), rows_of(chunk.classes, objects),
           rows_of(chunk.boxes, objects), rows_of(chunk.scores, objects), rows_of(chunk.features, objects),
           rows_of(chunk.logits, objects)});
  });
  wanted.check_all_seen();
}

std::vector<std::size_t> first_places(const std::vector<std::uint32_t>& counts,
                                      const std::vector<std::size_t>& images) {
  std::vector<std::size_t> first(counts.size() + 1, 0);
  std::size_t next = 0;
  for (const std::size_t image : images) {
    first[image] = next;
    next += counts[image];
  }
  first.back() = next;
  return first;
}

std::size_t empty_objects(const Samples& samples, const std::vector<std::size_t>& images) {
  std::size_t empty = 0;
  for (const std::size_t image : images) {
    empty += samples.detections_of_image[image] - samples.crops_of_image[image];
  }
  return empty;
}

}  // namespace tise::metrics
