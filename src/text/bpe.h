#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tise::text {

/// Byte-level byte pair encoding. Ids: 256 bytes, the same 256 bytes as ends of words, and one per merge.
class Bpe {
 public:
  /// Throws std::invalid_argument that names the bad line.
  explicit Bpe(std::string_view merges);

  /// The tokens of one word (UTF-8, not empty).
  std::vector<std::int32_t> encode(std::string_view word) const;
  /// Number of ids: 512 plus one per merge.
  std::int32_t size() const { return size_; }

 private:
  struct Merge {
    std::int32_t rank = 0;
    std::int32_t token = 0;
  };
  class Word;
  const Merge* find(std::int32_t left, std::int32_t right) const;

  std::unordered_map<std::uint64_t, Merge> merges_;  // by left token << 32 | right token
  std::int32_t size_ = 0;
};

}  // namespace tise::text
