#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tise/store/chunk.h"

namespace tise::store {

/// Rows of a float32 column that lies in several chunks, read from disk when they are asked for: a table of
/// any length costs the memory of the rows in use.
class RowsOnDisk {
 public:
  /// The column [n, D] of a chunk file; its rows follow those that are there. Throws InputError where the
  /// file does not hold it.
  void append(const std::filesystem::path& chunk, const at::Tensor& column);

  std::size_t size() const { return size_; }

  /// [rows.size(), D] float32, in the order asked for. Throws InputError where a file can't be read any more.
  at::Tensor read(std::span<const std::size_t> rows) const;

 private:
  struct Part {
    std::filesystem::path path;
    std::uint64_t offset = 0;  ///< of the first row, in bytes
    std::size_t first_row = 0;
  };
  std::vector<Part> parts_;
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

/// The texts of a store: which there are, and where their embeddings lie.
class TextTable {
 public:
  /// Reads the chunk files of texts. A text may share the row of a chunk that comes after its own. Throws
  /// InputError.
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
