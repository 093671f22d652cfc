// Groups of objects: their chunks hold the objects of many images one after another (`lengths`). Which
// objects of which rows count is found out once, chunk by chunk; the stream then picks them out.

#include <ATen/ATen.h>

#include <memory>
#include <unordered_map>
#include <utility>

#include "tise/base/error.h"
#include "tise/metrics/read_samples.h"
#include "tise/pipeline/objects.h"

namespace tise::metrics {
namespace {

/// Some objects of a chunk: `count` from `first` on, of one image.
struct Run {
  std::size_t image = 0;
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// Where an image's objects lie, by the last chunk that has the image.
struct Place {
  std::size_t chunk = 0;
  Run run;
  bool found = false;
};

void note_places(std::vector<Place>& places, std::size_t number, const store::Chunk& chunk,
                 const std::unordered_map<std::string_view, std::size_t>& image_of_name, double threshold) {
  const auto& names = chunk.column("names");
  const auto* lengths = chunk.tensor("lengths").const_data_ptr<std::int64_t>();
  const at::Tensor& scores = chunk.tensor("scores");
  std::int64_t first = 0;
  for (std::size_t row = 0; row < names.size(); first += lengths[row], ++row) {
    const auto image = image_of_name.find(names[row]);
    if (image == image_of_name.end()) continue;
    const std::int64_t count = pipeline::count_from(scores.narrow(0, first, lengths[row]), threshold);
    places[image->second] = {number, {image->second, first, count}, true};
  }
}

std::vector<Place> places_of(const store::Store& store, const std::string& group,
                             const std::vector<std::string>& images, double threshold) {
  std::unordered_map<std::string_view, std::size_t> image_of_name;
  for (std::size_t i = 0; i < images.size(); ++i) image_of_name.emplace(images[i], i);
  std::vector<Place> places(images.size());
  store.for_each_chunk(group, [&](std::size_t number, const store::Chunk& chunk) {
    note_places(places, number, chunk, image_of_name, threshold);
  });
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i].found) continue;
    throw InputError("store " + store.name() + ": no " + group + " row for image " + images[i]);
  }
  return places;
}

/// Labels as classes, -1 for a gap.
at::Tensor classes_of(const at::Tensor& labels, const Classes& classes) {
  at::Tensor result = at::empty_like(labels);
  auto* out = result.mutable_data_ptr<std::int64_t>();
  const auto* label = labels.const_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < labels.size(0); ++i) {
    const auto place = static_cast<std::size_t>(label[i] - 1);
    const auto known = place < classes.of_label.size() ? classes.of_label[place] : std::nullopt;
    out[i] = known ? static_cast<std::int64_t>(*known) : -1;
  }
  return result;
}

ObjectRows rows_of(const store::Chunk& chunk, const std::vector<Run>& runs, const Classes& classes) {
  ObjectRows rows;
  std::vector<std::int64_t> picked;
  for (const Run& run : runs) {
    rows.images.push_back(run.image);
    rows.counts.push_back(run.count);
    for (std::int64_t k = 0; k < run.count; ++k) picked.push_back(run.first + k);
  }
  const at::Tensor index = at::tensor(picked, at::kLong);
  const auto column = [&](const char* name) {
    const auto found = chunk.tensors.find(name);
    return found == chunk.tensors.end() ? at::Tensor() : found->second.index_select(0, index);
  };
  if (const at::Tensor labels = column("labels"); labels.defined())
    rows.classes = classes_of(labels, classes);
  rows.boxes = column("boxes");
  rows.scores = column("scores");
  rows.features = column("features");
  rows.logits = column("logits");
  return rows;
}

}  // namespace

Objects objects(const store::Store& store, const std::string& group, const std::vector<std::string>& images,
                double threshold, const Classes& classes) {
  Objects result;
  auto runs = std::make_shared<std::vector<std::vector<Run>>>();
  for (const Place& place : places_of(store, group, images, threshold)) {
    if (place.chunk >= runs->size()) runs->resize(place.chunk + 1);
    (*runs)[place.chunk].push_back(place.run);
    result.counts.push_back(static_cast<std::uint32_t>(place.run.count));
  }
  result.stream = [&store, group, runs, classes](const std::function<void(const ObjectRows&)>& visit) {
    store.for_each_chunk(group, [&](std::size_t number, const store::Chunk& chunk) {
      if (number >= runs->size() || (*runs)[number].empty()) return;
      visit(rows_of(chunk, (*runs)[number], classes));
    });
  };
  return result;
}

}  // namespace tise::metrics
