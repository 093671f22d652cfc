#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tise/store/reader.h"
#include "tise/store/rows.h"

namespace tise::store {

/// Reads the detections of single images, in any order. Keeps a few chunks in memory.
class DetectionReader {
 public:
  DetectionReader(Reader store, std::string group);

  /// Returns nullopt if the store has no row for the image. Throws InputError.
  std::optional<Detections> read(const std::string& image);

 private:
  struct Loaded {
    Chunk chunk;
    std::vector<std::int64_t> first;  ///< first object of each row
  };
  const Loaded& load(std::size_t chunk);

  Reader store_;
  std::string group_;
  RowIndex index_;
  std::deque<std::pair<std::size_t, Loaded>> loaded_;  // newest last
};

}  // namespace tise::store
