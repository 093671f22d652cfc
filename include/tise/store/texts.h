#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace tise::store {

class ChunkFile;

/// The name of the group of texts embedded by a model: `texts@clip`.
std::string texts_of(const std::string& model);

/// The rows of a float32 column that is spread over several chunks. They are read from disk on request, so
/// that a table of any length needs memory only for the rows in use.
class RowsOnDisk {
 public:
  /// Appends the embeddings [n, D] of a chunk, if it has any. Returns n. Throws InputError if their type
  /// isn't float32 or their width differs from that of earlier chunks.
  std::size_t append(const ChunkFile& chunk);

  std::size_t size() const { return size_; }

  /// [rows.size(), D] float32, in the requested order. The first read from a chunk checks all of its rows.
  /// Throws InputError if a file is damaged or has become unreadable.
  at::Tensor read(std::span<const std::size_t> rows) const;

 private:
  struct Part;  // of one chunk
  std::vector<std::shared_ptr<Part>> parts_;
  std::size_t size_ = 0;
  std::size_t width_ = 0;
};

/// Represents a string in memory: the first half of its SHA-256.
struct StringKey {
  explicit StringKey(std::string_view string);
  bool operator==(const StringKey&) const = default;
  std::array<std::uint64_t, 2> bits;
};

/// The row of a text or token sequence that has been noted but not written.
inline constexpr std::size_t kNotYet = static_cast<std::size_t>(-1);

struct StringKeyHash {
  std::size_t operator()(const StringKey& key) const { return key.bits[0]; }
};

/// The texts of a group, and where their embeddings are.
class TextTable {
 public:
  /// Reads the texts from the group's chunks. A text may share a row in a later chunk.
  /// Throws InputError.
  explicit TextTable(const std::vector<std::filesystem::path>& chunks);

  /// The row in `embeddings` of a text, spelled exactly as stored; texts with the same tokens share one.
  /// Returns nullopt if the text is missing, or only noted.
  std::optional<std::size_t> row(std::string_view text) const;
  /// Whether a text is longer than the encoder's context; false if the text is missing.
  bool is_cut(std::string_view text) const { return !cut_.empty() && cut_.contains(StringKey(text)); }
  /// Number of distinct texts, and of distinct token sequences.
  std::size_t size() const { return row_of_text_.size(); }
  std::size_t sequences() const { return row_of_tokens_.size(); }

  /// Notes a text, or a token sequence, that will be added to the store. Returns whether it is new.
  bool note_text(std::string_view text);
  bool note_tokens(const std::vector<std::int64_t>& tokens);

  RowsOnDisk embeddings;  ///< [sequences, D] float32, not normalized

 private:
  std::unordered_map<StringKey, std::size_t, StringKeyHash> row_of_text_;
  std::unordered_map<StringKey, std::size_t, StringKeyHash> row_of_tokens_;
  std::unordered_set<StringKey, StringKeyHash> cut_;
};

/// A token sequence as the store writes it: `49406 320 49407`.
std::string tokens_key(const std::vector<std::int64_t>& tokens);

}  // namespace tise::store
