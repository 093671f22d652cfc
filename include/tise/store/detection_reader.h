#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tise/models/models.h"
#include "tise/store/store.h"

namespace tise::store {

/// Reads what was detected in single images, in any order. A few chunks stay in memory.
class DetectionReader {
 public:
  explicit DetectionReader(const Store& store);

  /// Nothing where the store has no row for the image. Throws InputError.
  std::optional<models::Detections> read(const std::string& image);

 private:
  struct Loaded {
    Chunk chunk;
    std::vector<std::int64_t> first;  ///< of each row, its first object
  };
  const Loaded& load(std::size_t chunk);

  const Store& store_;
  std::unordered_map<std::string, RowPlace> index_;
  std::deque<std::pair<std::size_t, Loaded>> loaded_;  // the newest last
};

}  // namespace tise::store
