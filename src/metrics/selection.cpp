#include "tise/metrics/selection.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace tise::metrics {
namespace {

/// Some entries and columns of a block of rows.
Rows chosen(const Rows& block, const std::vector<std::size_t>& entries, const ColumnNames& columns) {
  Rows result;
  std::vector<std::int64_t> rows;
  std::vector<std::int64_t> first(block.lengths.size() + 1, 0);
  std::partial_sum(block.lengths.begin(), block.lengths.end(), first.begin() + 1);
  for (const std::size_t entry : entries) {
    result.images.push_back(block.images[entry]);
    if (block.lengths.empty()) {
      rows.push_back(static_cast<std::int64_t>(entry));
      continue;
    }
    result.lengths.push_back(block.lengths[entry]);
    for (std::int64_t k = 0; k < block.lengths[entry]; ++k) rows.push_back(first[entry] + k);
  }
  const at::Tensor index = at::tensor(rows, at::kLong);
  for (const std::string& name : columns) {
    const at::Tensor& column = block.at(name);
    result.columns[name] = column.index_select(0, index.to(column.device()));
  }
  return result;
}

/// Images that a pass waits for, each to be seen once.
class Awaited {
 public:
  explicit Awaited(std::vector<std::size_t> images)
      : images_(std::move(images)), seen_(images_.size(), false) {}

  /// Which entries of a block are wanted images.
  std::vector<std::size_t> among(const std::vector<std::size_t>& block) {
    std::vector<std::size_t> entries;
    for (std::size_t entry = 0; entry < block.size(); ++entry) {
      const auto found = std::ranges::lower_bound(images_, block[entry]);
      if (found == images_.end() || *found != block[entry]) continue;
      const auto position = static_cast<std::size_t>(found - images_.begin());
      if (seen_[position]) throw std::logic_error("the group has an image twice");
      seen_[position] = true;
      entries.push_back(entry);
    }
    count_ += entries.size();
    return entries;
  }

  void check_all_seen() const {
    if (count_ != images_.size()) throw std::logic_error("the group lacks an evaluated image");
  }

 private:
  std::vector<std::size_t> images_;
  std::vector<bool> seen_;
  std::size_t count_ = 0;
};

}  // namespace

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
  std::ranges::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

Pass pass_over(const GroupRows* rows, const ColumnNames& columns, std::vector<std::size_t> images,
               RowVisitor visit, std::function<Step()> then) {
  auto wanted = std::make_shared<Awaited>(std::move(images));
  return {rows, columns,
          [wanted, columns, visit = std::move(visit)](const Rows& block) {
            const std::vector<std::size_t> entries = wanted->among(block.images);
            if (entries.size() == block.images.size()) return visit(block);
            if (!entries.empty()) visit(chosen(block, entries, columns));
          },
          [wanted, then = std::move(then)] {
            wanted->check_all_seen();
            return then();
          }};
}

std::vector<std::size_t> first_places(const std::vector<std::uint32_t>& lengths, std::size_t count,
                                      const std::vector<std::size_t>& images) {
  std::vector<std::size_t> first(count + 1, 0);
  std::size_t next = 0;
  for (const std::size_t image : images) {
    first[image] = next;
    next += lengths.empty() ? 1 : lengths[image];
  }
  first.back() = next;
  return first;
}

}  // namespace tise::metrics
