#pragma once

#include <ATen/core/Tensor.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tise/base/files.h"
#include "tise/store/provenance.h"
#include "tise/store/rows.h"

namespace tise::store {

/// A chunk holds kChunkRows rows. If rows are narrow, it holds more, up to kWideBytes and kMostChunkRows. If
/// they are wide, it holds fewer, up to kChunkBytes.
inline constexpr std::size_t kChunkRows = 1024;
inline constexpr std::size_t kMostChunkRows = 65536;
inline constexpr std::size_t kWideBytes = std::size_t{1} << 20U;
inline constexpr std::size_t kChunkBytes = std::size_t{64} << 20U;
/// The same limit for the items (objects) of its images, since a chunk of crops is read whole.
inline constexpr std::size_t kItemBytes = std::size_t{16} << 20U;

/// Incomplete chunks are flushed at least this often. A killed run loses at most this much work.
inline constexpr std::chrono::seconds kChunkAge{60};

/// A caption and what belongs to it, as one line, with its number in caption order.
struct StoredPair {
  std::int64_t number = 0;
  std::string line;
};

/// How many processes write into one store, and the index of this one. Each has its own chunk numbers.
struct Writers {
  std::size_t index = 0;
  std::size_t of = 1;
};

/// Whether a folder is a store that can't be written to, so that only a Reader can use it.
bool can_only_be_read(const std::filesystem::path& folder);

/// Fills a store: a folder of encoded samples from which every metric is computed.
///
///     store.json                  schema and provenance, and the run that filled it
///     GROUP-000000.safetensors …  rows of one column group
///
/// Image groups have one row per image, keyed by its name, with the state and the hash of its file. In groups
/// of objects, an image has any number of items, counted by `lengths`. The group `files` has later states of
/// files whose hash was found unchanged (a copy, a moved folder). Groups of texts (`texts@clip`) have one row
/// per text and one embedding per distinct token sequence. `pairs` holds the captions, `images` the names of
/// the run's images. If several rows have the same name, the one in the last chunk counts.
class Writer {
 public:
  /// Opens a folder as a store, creating it if it is missing, and locks it for this process as long as the
  /// writer lives. Throws InputError if the folder contains something else, if another process holds the
  /// lock, if the store has another schema, or if its provenance differs for a group in `provenance`; the
  /// message names the difference.
  Writer(const std::filesystem::path& folder, const Provenance& provenance, Writers writers = {});

  /// Opens a store that another process has locked, to write rows into it too. Throws InputError if the
  /// store is missing, has another schema, or differs in provenance.
  static Writer join(const std::filesystem::path& folder, const Provenance& provenance, Writers writers);

  /// Adds rows. Full chunks are written at once, the rest every kChunkAge and by `flush`.
  void add(ImageRows&& rows);
  /// Adds rows to a group of texts.
  void add(const std::string& group, TextRows&& rows);
  /// Adds a text whose tokens already have a row in the group; it shares that row.
  void add_alias(const std::string& group, const TokenizedText& text);
  /// Adds the new state of a file that still has the hash its rows were made from.
  void add_state(FileIdentity&& file);
  void flush();
  /// Replaces kChunkAge for this writer.
  void let_wait(std::chrono::steady_clock::duration age) { most_age_ = age; }

  /// Replaces the captions by `count` new ones; `pair` returns the i-th. Their numbers must ascend.
  void set_pairs(std::size_t count, const std::function<StoredPair(std::size_t)>& pair);
  /// Records that the store has all rows of a run. `images`: the names of the run's images; `run`: what is
  /// needed to score the run from the store alone. Opening the store for writing removes this record.
  void finish(const std::vector<std::string>& images, nlohmann::ordered_json run);

 private:
  using Clock = std::chrono::steady_clock;

  /// Rows waiting to be written to a chunk's column, in one block of memory that is reused from chunk to
  /// chunk. Separate pieces would be scattered among the networks' activations and keep the allocator from
  /// reusing that memory.
  class Block {
   public:
    /// The block is allocated for `capacity` rows, or for all of `rows` if they are more.
    void append(const at::Tensor& rows, std::size_t capacity);
    at::Tensor rows() const { return block_.narrow(0, 0, static_cast<std::int64_t>(size_)); }
    std::size_t size() const { return size_; }
    void clear() { size_ = 0; }

   private:
    at::Tensor block_;  // [capacity, …]
    std::size_t size_ = 0;
  };
  /// A chunk that isn't full yet.
  struct Waiting {
    std::size_t rows = 0;
    std::size_t items = 0;
    std::map<std::string, std::vector<std::string>> texts;
    std::map<std::string, std::vector<std::int64_t>> numbers;
    std::map<std::string, Block> blocks;
    void add(FileIdentity&& file);
    void add(const TokenizedText& text, std::int64_t embedding);
  };

  Writer(std::filesystem::path folder, std::shared_ptr<const Descriptor> lock, Writers writers);
  void add_rows(const std::string& group, ImageRows&& rows);
  void add_items(const std::string& group, ImageRows&& rows);
  void flush_if_due();
  void write(const std::string& group);
  void clear(const std::string& group);

  std::filesystem::path folder_;
  std::shared_ptr<const Descriptor> lock_;
  Writers writers_;
  std::map<std::string, Waiting> waiting_;
  std::map<std::string, std::size_t> next_chunk_;
  Clock::duration most_age_ = kChunkAge;
  Clock::time_point flushed_ = Clock::now();
};

}  // namespace tise::store
