#include "tise/metrics/read_samples.h"

#include <ATen/ATen.h>

#include <limits>
#include <map>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "tise/base/error.h"
#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

/// For each chunk of a group: the rows that count, and the images they belong to.
struct Selection {
  std::vector<std::int64_t> rows;
  std::vector<std::size_t> images;
};

using Index = std::unordered_map<std::string, store::RowPlace>;

std::vector<Selection> select(const store::Store& store, const std::string& group,
                              const std::vector<std::string>& images, const Index& index) {
  std::vector<Selection> chunks;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const auto place = index.find(images[i]);
    if (place == index.end()) {
      throw InputError("store " + store.name() + ": no " + group + " row for image " + images[i]);
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

/// A counter's rows, its columns in the order of the classes.
ImageStream counter_stream(const ImageStream& counts, const Classes& classes) {
  return [counts, classes](const std::function<void(const ImageRows&)>& visit) {
    counts([&](const ImageRows& rows) {
      ImageRows ordered;
      ordered.images = rows.images;
      ordered.counts = at::full({rows.counts.size(0), static_cast<std::int64_t>(classes.names.size())},
                                std::numeric_limits<float>::quiet_NaN(), at::kFloat);
      for (std::size_t i = 0; i < classes.names.size(); ++i) {
        if (!classes.counter_place[i]) continue;
        ordered.counts.select(1, static_cast<std::int64_t>(i))
            .copy_(rows.counts.select(1, static_cast<std::int64_t>(*classes.counter_place[i])));
      }
      visit(ordered);
    });
  };
}

void read_objects(Samples& samples, const store::Store& store, const Reading& reading) {
  const auto read = [&](const std::string& group) {
    return objects(store, group, samples.images, reading.threshold, reading.classes);
  };
  samples.classes = reading.classes.names;
  if (reading.detections) {
    Objects detections = read(*reading.detections);
    samples.detections = std::move(detections.stream);
    samples.detections_of_image = std::move(detections.counts);
  }
  if (reading.counts) {
    samples.counter = counter_stream(stream(store, *reading.counts, samples.images), reading.classes);
  }
  if (!reading.crops) return;
  Objects crops = read(*reading.crops);
  samples.crops = std::move(crops.stream);
  samples.crops_of_image = std::move(crops.counts);
}

[[noreturn]] void other_pairs(const store::Store& store) {
  throw InputError("store " + store.name() +
                   ": its captions changed while this run used it; give each run a store of its own");
}

/// What a caption says of objects, in terms of the classes; names that aren't classes are passed over.
void read_annotations(SamplePair& pair, const data::Item& item,
                      const std::unordered_map<std::string_view, std::size_t>& class_of_name) {
  pair.position = item.position.value_or("");
  for (const std::string& name : item.objects.value_or(std::vector<std::string>{})) {
    const auto known = class_of_name.find(name);
    if (known != class_of_name.end()) pair.objects.push_back(known->second);
  }
  pair.objects = sorted_set(std::move(pair.objects));
  for (const auto& [name, number] : item.counts.value_or(std::map<std::string, double>{})) {
    const auto known = class_of_name.find(name);
    if (known != class_of_name.end()) pair.asked.push_back({known->second, number});
  }
}

void read_pairs(Samples& samples, const store::Store& store, const data::Dataset& dataset,
                const store::TextTable& table, const Reading& reading) {
  std::unordered_map<std::string_view, std::size_t> class_of_name;
  for (std::size_t i = 0; i < reading.classes.names.size(); ++i) {
    class_of_name.emplace(reading.classes.names[i], i);
  }
  using Numbers = std::unordered_map<store::StringKey, std::size_t, store::StringKeyHash>;
  Numbers captions;  // as written
  Numbers clusters;
  std::unordered_set<store::StringKey, store::StringKeyHash> cut;
  const auto number = [](Numbers& numbers, const std::string& text) {
    return numbers.emplace(store::StringKey(text), numbers.size()).first->second;
  };
  samples.pairs.reserve(dataset.pairs.size());
  store.for_each_pair([&](std::size_t i, const std::string& line) {
    const data::Item item = data::read_json_line(line, store.name());
    if (i >= dataset.pairs.size() || dataset.pairs[i].item.id != item.id) other_pairs(store);
    SamplePair sample;
    sample.id = item.id;
    sample.image = dataset.pairs[i].image;
    sample.caption = number(captions, item.caption);
    sample.is_caption_empty = item.caption.empty();
    if (item.cluster) sample.cluster = number(clusters, *item.cluster);
    sample.prompted = table.row(reading.prompt + item.caption).value_or(kNoRow);
    sample.bare = table.row(item.caption).value_or(kNoRow);
    sample.references = rows_of(table, reading.prompt, item.references);
    sample.distractors = rows_of(table, "", item.distractors);
    if (item.opposite) sample.opposite = table.row(*item.opposite).value_or(kNoRow);
    read_annotations(sample, item, class_of_name);
    sample.metrics = item.metrics;
    reading.texts(item, [&](const std::string& text) {
      if (table.is_cut(text)) cut.emplace(text);
    });
    samples.pairs.push_back(std::move(sample));
  });
  samples.cut_texts = cut.size();
  if (samples.pairs.size() != dataset.pairs.size()) other_pairs(store);
}

}  // namespace

ImageStream stream(const store::Store& store, const std::string& group,
                   const std::vector<std::string>& images) {
  return stream(store, group, images, store.index(group));
}

ImageStream stream(const store::Store& store, const std::string& group,
                   const std::vector<std::string>& images, const Index& index) {
  auto selected = std::make_shared<const std::vector<Selection>>(select(store, group, images, index));
  return [&store, group, selected](const std::function<void(const ImageRows&)>& visit) {
    store.for_each_chunk(group, [&](std::size_t number, const store::Chunk& chunk) {
      if (number >= selected->size() || (*selected)[number].rows.empty()) return;
      const Selection& selection = (*selected)[number];
      const at::Tensor rows = at::tensor(selection.rows, at::TensorOptions().dtype(at::kLong));
      visit({selection.images, column(chunk, "embeddings", rows), column(chunk, "features", rows),
             column(chunk, "logits", rows), column(chunk, "counts", rows)});
    });
  };
}

Samples read_samples(const store::Store& store, const data::Dataset& dataset, const Reading& reading) {
  Samples samples;
  for (const data::ImageFile& image : dataset.images) samples.images.push_back(image.name);
  if (reading.clip) samples.clip = stream(store, *reading.clip, samples.images);
  if (reading.inception) samples.inception = stream(store, *reading.inception, samples.images);
  if (reading.fid) samples.fid = stream(store, *reading.fid, samples.images);
  read_objects(samples, store, reading);
  const store::TextTable table = store.texts();
  read_pairs(samples, store, dataset, table, reading);
  samples.texts = [embeddings = table.embeddings](std::span<const std::size_t> rows) {
    return embeddings.read(rows);
  };
  return samples;
}

}  // namespace tise::metrics
