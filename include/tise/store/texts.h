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

/// The group of texts that a model embedded: `texts@clip`.
std::string texts_of(const std::string& model);

/// Rows of a float32 column that lies in several chunks, read from disk when they are asked for: a table of
/// any length costs the memory of the rows in use.
class RowsOnDisk {
 public:
  /// The embeddings [n, D] of a chunk, if it has any; their rows follow the earlier ones. Returns n. Throws
  /// InputError if they are of another type or width.
  std::size_t append(const ChunkFile& chunk);

  std::size_t size() const { return size_; }

  /// [rows.size(), D] float32, in the order asked for. The first use of a chunk checks all of its rows.
  /// Throws InputError if a file is damaged or can't be read any more.
  at::Tensor read(std::span<const std::size_t> rows) const;

 private:
  struct Part;  // of one chunk
  std::vector<std::shared_ptr<Part>> parts_;
  std::size_t size_ = 0;
  std::size_t width_ = 0;
};

/// What stands for a string in memory: the first half of its SHA-256.
struct StringKey {
  explicit StringKey(std::string_view string);
  bool operator==(const StringKey&) const = default;
  std::array<std::uint64_t, 2> bits;
};

/// In place of a row that is noted and not written.
inline constexpr std::size_t kNotYet = static_cast<std::size_t>(-1);

struct StringKeyHash {
  std::size_t operator()(const StringKey& key) const { return key.bits[0]; }
};

/// A group of texts: which it has, and where their embeddings lie.
class TextTable {
 public:
  /// Reads the texts of the group's chunks. A text may share the row of a chunk that comes after its own.
  /// Throws InputError.
  explicit TextTable(const std::vector<std::filesystem::path>& chunks);

  /// Row of `embeddings` of a text as written; texts with the same tokens share one. Nothing where the text
  /// is not there, or only noted.
  std::optional<std::size_t> row(std::string_view text) const;
  /// Whether a text as written is longer than CLIP's context; false where the text is not there.
  bool is_cut(std::string_view text) const { return !cut_.empty() && cut_.contains(StringKey(text)); }
  /// Distinct texts, and distinct token sequences with a row.
  std::size_t size() const { return row_of_text_.size(); }
  std::size_t sequences() const { return row_of_tokens_.size(); }

  /// Takes down a text, or a token sequence, that is on its way to the store. Says whether it is new.
  bool note_text(std::string_view text);
  bool note_tokens(const std::vector<std::int64_t>& tokens);

  RowsOnDisk embeddings;  ///< [sequences, D] float32, not normalised

 private:
  std::unordered_map<StringKey, std::size_t, StringKeyHash> row_of_text_;
  std::unordered_map<StringKey, std::size_t, StringKeyHash> row_of_tokens_;
  std::unordered_set<StringKey, StringKeyHash> cut_;
};

/// `49406 320 49407`: how the store writes a token sequence.
std::string tokens_key(const std::vector<std::int64_t>& tokens);

}  // namespace tise::store
