#include "tise/store/detection_reader.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "tise/pipeline/objects.h"

namespace tise::store {
namespace {

/// Some 20 MB of detections.
constexpr std::size_t kMostLoaded = 32;

}  // namespace

DetectionReader::DetectionReader(const Store& store)
    : store_(store), index_(store.index(pipeline::kDetections)) {}

std::optional<models::Detections> DetectionReader::read(const std::string& image) {
  const auto place = index_.find(image);
  if (place == index_.end()) return std::nullopt;
  const Loaded& loaded = load(place->second.chunk);
  const auto row = place->second.row;
  const auto* lengths = loaded.chunk.tensor("lengths").const_data_ptr<std::int64_t>();
  const auto column = [&](const char* name) {
    return loaded.chunk.tensor(name).narrow(0, loaded.first[row], lengths[row]);
  };
  return models::Detections{column("boxes"), column("labels"), column("scores")};
}

const DetectionReader::Loaded& DetectionReader::load(std::size_t chunk) {
  const auto found =
      std::find_if(loaded_.begin(), loaded_.end(), [&](const auto& entry) { return entry.first == chunk; });
  if (found != loaded_.end()) return found->second;
  if (loaded_.size() == kMostLoaded) loaded_.pop_front();
  Loaded loaded{store_.chunk(pipeline::kDetections, chunk), {}};
  const at::Tensor& lengths = loaded.chunk.tensor("lengths");
  std::int64_t first = 0;
  for (std::int64_t row = 0; row < lengths.size(0); ++row) {
    loaded.first.push_back(first);
    first += lengths.const_data_ptr<std::int64_t>()[row];
  }
  return loaded_.emplace_back(chunk, std::move(loaded)).second;
}

}  // namespace tise::store
