// The rows of a column group, which a store keeps in chunks. `select` determines once which rows of each
// chunk are needed; each visit then picks them out, chunk by chunk. Groups of objects hold the objects of
// many images one after another, and the number of objects per image in `lengths`.

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/json_text.h"
#include "tise/base/names.h"
#include "tise/metrics/read_samples.h"
#include "tise/store/rows.h"

namespace tise::metrics {
namespace {

/// Rows of a chunk that belong to one image: `count` from `first` on.
struct Run {
  std::size_t image = 0;
  std::int64_t first = 0;
  std::int64_t count = 1;
};

/// Which rows of each chunk count.
using Chunks = std::vector<std::vector<Run>>;

Chunks select(const store::Reader& store, const std::string& group, const std::vector<std::string>& images,
              const store::RowIndex& index) {
  Chunks chunks;
  for (std::size_t image = 0; image < images.size(); ++image) {
    const auto* place = find_in(index, images[image]);
    if (place == nullptr)
      throw InputError(concat("store ", store.name(), ": no ", group, " row for image ", images[image],
                              "; rerun the evaluation to encode what is missing"));
    if (place->chunk >= chunks.size()) chunks.resize(place->chunk + 1);
    chunks[place->chunk].push_back({image, static_cast<std::int64_t>(place->row)});
  }
  return chunks;
}

/// Replaces the rows of images with the rows of their objects that reach the threshold.
void select_objects(std::vector<Run>& runs, const store::Chunk& chunk, double threshold) {
  const auto lengths = chunk.int64s("lengths");
  const at::Tensor& scores = chunk.items("scores");
  std::vector<std::int64_t> first(lengths.size() + 1, 0);
  std::partial_sum(lengths.begin(), lengths.end(), first.begin() + 1);
  for (Run& run : runs) {
    const auto row = static_cast<std::size_t>(run.first);
    run.first = first[row];
    run.count = store::count_from(scores.narrow(0, run.first, lengths[row]), threshold);
  }
}

/// The chosen rows in this order. Doesn't copy if these are all rows in their own order.
at::Tensor picked_from(const at::Tensor& all, const std::vector<std::int64_t>& rows) {
  const auto n = static_cast<std::size_t>(all.size(0));
  std::size_t same = 0;
  while (same < rows.size() && rows[same] == static_cast<std::int64_t>(same)) ++same;
  return same == n && rows.size() == n ? all : all.index_select(0, at::tensor(rows, at::kLong));
}

/// Labels as class indices, -1 for a label that stands for no class.
at::Tensor classes_of(const at::Tensor& labels,
                      const std::vector<std::optional<std::size_t>>& class_of_label) {
  at::Tensor result = at::empty_like(labels);
  auto* out = result.mutable_data_ptr<std::int64_t>();
  const auto* label = labels.const_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < labels.size(0); ++i) {
    const auto place = static_cast<std::size_t>(label[i] - 1);
    const auto known = place < class_of_label.size() ? class_of_label[place] : std::nullopt;
    out[i] = known ? static_cast<std::int64_t>(*known) : -1;
  }
  return result;
}

/// A counter's columns in the order of the classes; labels of one class add up.
at::Tensor counts_of(const at::Tensor& counts, const Source& source) {
  at::Tensor result = at::full({counts.size(0), static_cast<std::int64_t>(source.classes)},
                               std::numeric_limits<float>::quiet_NaN(), at::kFloat);
  for (std::size_t label = 0; label < source.class_of_label.size(); ++label) {
    if (!source.class_of_label[label]) continue;
    at::Tensor sum = result.select(1, static_cast<std::int64_t>(*source.class_of_label[label]));
    sum.nan_to_num_(0.0).add_(counts.select(1, static_cast<std::int64_t>(label)));
  }
  return result;
}

/// The indices of the classes that no label stands for.
std::vector<std::size_t> unknown_classes(const Source& source) {
  std::vector<std::size_t> unknown;
  for (std::size_t index = 0; index < source.classes; ++index) {
    if (std::ranges::find(source.class_of_label, std::optional(index)) == source.class_of_label.end())
      unknown.push_back(index);
  }
  return unknown;
}

/// What to read from a group, and how to make the requested columns from the stored ones.
struct Picker {
  store::Reader store;
  Source source;
  Chunks chunks;
  bool has_objects = false;

  /// The stored columns that the requested ones are made from.
  std::vector<std::string> stored(const ColumnNames& columns) const {
    std::vector<std::string> names;
    for (const std::string& name : columns) names.push_back(name == "classes" ? "labels" : name);
    if (has_objects) names.emplace_back("lengths");
    return names;
  }

  at::Tensor column(const store::Chunk& chunk, const std::string& name,
                    const std::vector<std::int64_t>& rows) const {
    if (name == "classes")
      return classes_of(picked_from(chunk.items("labels", at::kLong), rows), source.class_of_label);
    const at::Tensor picked = picked_from(has_objects ? chunk.items(name) : chunk.tensor(name), rows);
    return name == "counts" ? counts_of(picked, source) : picked;
  }

  Rows rows_of(const store::Chunk& chunk, const std::vector<Run>& runs, const ColumnNames& columns) const {
    Rows rows;
    std::vector<std::int64_t> picked;
    for (const Run& run : runs) {
      rows.images.push_back(run.image);
      if (has_objects) rows.lengths.push_back(run.count);
      for (std::int64_t k = 0; k < run.count; ++k) picked.push_back(run.first + k);
    }
    for (const std::string& name : columns) rows.columns[name] = column(chunk, name, picked);
    return rows;
  }
};

}  // namespace

std::string Source::name() const {
  return threshold > 0 ? group + ">=" + json_text(nlohmann::json(threshold)) : group;
}

GroupRows group_rows(const store::Reader& store, const Source& source,
                     const std::vector<std::string>& images) {
  return group_rows(store, source, images, store.index(source.group));
}

GroupRows group_rows(const store::Reader& store, const Source& source, const std::vector<std::string>& images,
                     const store::RowIndex& index) {
  auto picker = std::make_shared<Picker>(Picker{store, source, select(store, source.group, images, index)});
  Chunks& chunks = picker->chunks;
  GroupRows rows{.visit = {}, .lengths = {}, .unknown_classes = unknown_classes(source)};
  // All chunks of a group are alike in this.
  picker->has_objects = !chunks.empty() &&
                        store.chunk(source.group, chunks.size() - 1, {"lengths"}).tensors.contains("lengths");
  if (picker->has_objects) {
    store.for_each_chunk(source.group, {"lengths", "scores"},
                         [&](std::size_t number, const store::Chunk& chunk) {
                           if (number < chunks.size())
                             select_objects(chunks[number], chunk, source.threshold);
                         });
    rows.lengths.resize(images.size());
    for (const auto& runs : chunks) {
      for (const Run& run : runs) rows.lengths[run.image] = static_cast<std::uint32_t>(run.count);
    }
  }
  rows.visit = [picker](const ColumnNames& columns, const RowVisitor& visit) {
    const Chunks& own = picker->chunks;
    picker->store.for_each_chunk(picker->source.group, picker->stored(columns),
                                 [&](std::size_t number, const store::Chunk& chunk) {
                                   if (number >= own.size() || own[number].empty()) return;
                                   visit(picker->rows_of(chunk, own[number], columns));
                                 });
  };
  return rows;
}

}  // namespace tise::metrics
