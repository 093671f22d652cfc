#include "tise/store/detection_reader.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

#include "tise/base/names.h"

namespace tise::store {

std::int64_t count_from(const at::Tensor& scores, double threshold) {
  const auto* values = scores.const_data_ptr<float>();
  const auto reaches = [&](float score) { return static_cast<double>(score) >= threshold; };
  return std::find_if_not(values, values + scores.size(0), reaches) - values;
}

DetectionReader::DetectionReader(Reader store, std::string group)
    : store_(std::move(store)), group_(std::move(group)), index_(store_.index(group_)) {}

std::optional<Detections> DetectionReader::read(const std::string& image) {
  const RowPlace* place = find_in(index_, image);
  if (place == nullptr) return std::nullopt;
  const Loaded& loaded = load(place->chunk);
  const std::size_t row = place->row;
  const std::int64_t length = loaded.chunk.int64s("lengths")[row];
  const auto column = [&](const char* name) {
    return loaded.chunk.tensors.at(name).narrow(0, loaded.first[row], length);
  };
  return Detections{column("boxes"), column("labels"), column("scores")};
}

const DetectionReader::Loaded& DetectionReader::load(std::size_t chunk) {
  const auto found = std::ranges::find(loaded_, chunk, [](const auto& entry) { return entry.first; });
  if (found != loaded_.end()) return found->second;
  constexpr std::size_t kMostLoaded = 4;  // about 30 MB of detections
  if (loaded_.size() == kMostLoaded) loaded_.pop_front();
  Loaded loaded{store_.chunk(group_, chunk, {"lengths", "boxes", "labels", "scores"}), {}};
  loaded.chunk.items("boxes");
  loaded.chunk.items("labels", at::kLong);
  loaded.chunk.items("scores");
  const auto lengths = loaded.chunk.int64s("lengths");
  std::exclusive_scan(lengths.begin(), lengths.end(), std::back_inserter(loaded.first), std::int64_t{0});
  return loaded_.emplace_back(chunk, std::move(loaded)).second;
}

}  // namespace tise::store
