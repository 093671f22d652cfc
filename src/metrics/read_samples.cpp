#include "tise/metrics/read_samples.h"

#include <ATen/ATen.h>

#include <memory>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "tise/base/error.h"

namespace tise::metrics {
namespace {

/// For each chunk of a group: the rows that count, and the images they belong to.
struct Selection {
  std::vector<std::int64_t> rows;
  std::vector<std::size_t> images;
};

std::vector<Selection> select(const store::Store& store, const std::string& group,
                              const std::vector<std::string>& images) {
  const auto index = store.index(group);
  std::vector<Selection> chunks;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const auto place = index.find(images[i]);
    if (place == index.end()) {
      throw InputError("store " + store.folder().string() + ": no " + group + " row for image " + images[i]);
    }
    if (place->second.chunk >= chunks.size()) chunks.resize(place->second.chunk + 1);
    chunks[place->second.chunk].rows.push_back(static_cast<std::int64_t>(place->second.row));
    chunks[place->second.chunk].images.push_back(i);
  }
  return chunks;
}

at::Tensor column(const store::Chunk& chunk, const std::string& name, const at::Tensor& rows) {
  const auto found = chunk.tensors.find(name);
  return found == chunk.tensors.end() ? at::Tensor() : found->second.index_select(0, rows);
}

/// The rows of those texts that the table has.
std::vector<std::size_t> rows_of(const store::TextTable& table, const std::string& prompt,
                                 const std::vector<std::string>& texts) {
  std::vector<std::size_t> rows;
  rows.reserve(texts.size());
  for (const std::string& text : texts) {
    if (const auto row = table.row(prompt + text)) rows.push_back(*row);
  }
  return rows;
}

}  // namespace

ImageStream stream(const store::Store& store, const std::string& group,
                   const std::vector<std::string>& images) {
  auto selected = std::make_shared<const std::vector<Selection>>(select(store, group, images));
  return [&store, group, selected](const std::function<void(const ImageRows&)>& visit) {
    store.for_each_chunk(group, [&](std::size_t number, const store::Chunk& chunk) {
      if (number >= selected->size() || (*selected)[number].rows.empty()) return;
      const Selection& selection = (*selected)[number];
      const at::Tensor rows = at::tensor(selection.rows, at::TensorOptions().dtype(at::kLong));
      visit({selection.images, column(chunk, "embeddings", rows), column(chunk, "features", rows),
             column(chunk, "logits", rows)});
    });
  };
}

Samples read_samples(const store::Store& store, const data::Dataset& dataset, const std::string& prompt,
                     const Groups& groups) {
  Samples samples;
  for (const data::ImageFile& image : dataset.images) samples.images.push_back(image.name);
  if (groups.clip) samples.clip = stream(store, "clip", samples.images);
  if (groups.inception) samples.inception = stream(store, "inception", samples.images);

  store::TextTable table = store.texts();
  samples.pairs.reserve(dataset.pairs.size());
  std::unordered_map<std::string_view, std::size_t> numbers;  // of the captions as written
  for (const data::Pair& pair : dataset.pairs) {
    SamplePair sample;
    sample.id = pair.item.id;
    sample.image = pair.image;
    sample.caption = numbers.emplace(pair.item.caption, numbers.size()).first->second;
    sample.prompted = table.row(prompt + pair.item.caption).value_or(kNoRow);
    sample.bare = table.row(pair.item.caption).value_or(kNoRow);
    sample.references = rows_of(table, prompt, pair.item.references);
    sample.distractors = rows_of(table, "", pair.item.distractors);
    sample.metrics = pair.item.metrics;
    samples.pairs.push_back(std::move(sample));
  }
  samples.texts = [embeddings = std::move(table.embeddings)](std::span<const std::size_t> rows) {
    return embeddings.read(rows);
  };
  return samples;
}

}  // namespace tise::metrics
