#include "tise/metrics/read_samples.h"

#include <ATen/ATen.h>

#include <memory>
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

/// Rows of the text table, or of nothing where the table lacks the text.
class Texts {
 public:
  explicit Texts(const store::TextTable& table) : table_(table) {}
  std::size_t row(const std::string& text) const {
    const auto found = table_.rows.find(text);
    return found == table_.rows.end() ? kNoRow : found->second;
  }
  std::vector<std::size_t> rows(const std::string& prompt, const std::vector<std::string>& texts) const {
    std::vector<std::size_t> rows;
    for (const std::string& text : texts) {
      if (const std::size_t found = row(prompt + text); found != kNoRow) rows.push_back(found);
    }
    return rows;
  }

 private:
  const store::TextTable& table_;
};

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

  const store::TextTable table = store.texts();
  samples.text_embeddings = table.embeddings;
  const Texts texts(table);
  for (const data::Pair& pair : dataset.pairs) {
    SamplePair sample;
    sample.id = pair.item.id;
    sample.image = pair.image;
    sample.caption = pair.item.caption;
    sample.prompted = texts.row(prompt + pair.item.caption);
    sample.bare = texts.row(pair.item.caption);
    sample.references = texts.rows(prompt, pair.item.references);
    sample.distractors = texts.rows("", pair.item.distractors);
    sample.metrics = pair.item.metrics;
    samples.pairs.push_back(std::move(sample));
  }
  return samples;
}

}  // namespace tise::metrics
