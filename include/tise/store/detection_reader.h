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

/// Reads what was detected in single images, in any order. A few chunks stay in memory.
class DetectionReader {
 public:
  DetectionReader(Reader store, std::string group);

  /// Nothing if the store has no row for the image. Throws InputError.
  std::optional<Detections> read(const std::string& image);

 private:
  struct Loaded {
    Chunk chunk;
    std::vector<std::int64_t> first;  ///< of each row, its first object
  };
  const Loaded& load(std::size_t chunk);

  Reader store_;
  std::string group_;
  RowIndex index_;
  std::deque<std::pair<std::size_t, Loaded>> loaded_;  // the newest last
};

}  // namespace tise::store
