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

/// A chunk holds this many rows, or as many more as stay within kWideBytes if they are narrow, or as many
/// fewer as stay within kChunkBytes if they are wide.
inline constexpr std::size_t kChunkRows = 1024;
inline constexpr std::size_t kMostChunkRows = 65536;
inline constexpr std::size_t kWideBytes = std::size_t{1} << 20U;
inline constexpr std::size_t kChunkBytes = std::size_t{64} << 20U;
/// The same limit for the items (objects) of its images: a chunk of crops is read whole.
inline constexpr std::size_t kItemBytes = std::size_t{16} << 20U;

/// Incomplete chunks are written at least this often: a run that is killed has no more than that to do again.
inline constexpr std::chrono::seconds kChunkAge{60};

/// A caption with what belongs to it, and its number in the order of the captions.
struct StoredPair {
  std::int64_t number = 0;
  std::string line;
};

/// Processes that write into one store, and which of them this is: each has chunk numbers of its own.
struct Writers {
  std::size_t index = 0;
  std::size_t of = 1;
};

/// Whether a folder holds a store and can't be written to: it is for a Reader alone.
bool can_only_be_read(const std::filesystem::path& folder);

/// Fills a store: a folder of encoded samples, from which every metric is computed.
///
///     store.json                  schema and provenance, and the run that filled it
///     GROUP-000000.safetensors …  rows of one column group
///
/// Image groups have one row per image (groups of objects: any number of items, counted by `lengths`), keyed
/// by its name, with the state and the hash of its file. The group `files` has the later states of files
/// whose hash was found to be the same (a copy's, a moved folder's). A group of texts (`texts@clip`) has one
/// row per text and one embedding per distinct token sequence. `pairs` holds the captions, `images` the names
/// of the run's images. Of several rows for one name, the last chunk's counts.
class Writer {
 public:
  /// Opens a folder as a store, makes it if it is missing, and holds it for this process as long as the
  /// writer lives. Throws InputError if it holds something else, if another process holds it, if another
  /// edition of the program made it, or if its provenance differs for a group that `provenance` names: the
  /// message names the difference.
  Writer(const std::filesystem::path& folder, const Provenance& provenance, Writers writers = {});

  /// Opens a store that another process holds, to write rows into it too. Throws InputError likewise.
  static Writer join(const std::filesystem::path& folder, const Provenance& provenance, Writers writers);

  /// Takes rows; whole chunks go to disk at once, the rest every kChunkAge and with `flush`.
  void add(ImageRows&& rows);
  /// To a group of texts.
  void add(const std::string& group, TextRows&& rows);
  /// Texts whose tokens some row of the group has already: they share it.
  void add_alias(const std::string& group, const TokenizedText& text);
  /// A file that has another state than the one its rows were made from, but the same hash.
  void add_state(FileIdentity&& file);
  void flush();
  /// In place of kChunkAge.
  void let_wait(std::chrono::steady_clock::duration age) { most_age_ = age; }

  /// Replaces the captions by `count` others, of which `pair` makes the i-th; their numbers ascend.
  void set_pairs(std::size_t count, const std::function<StoredPair(std::size_t)>& pair);
  /// Says that all rows of a run are here: of which images, and what is needed to score them without anything
  /// else. Opening the store takes it back.
  void finish(const std::vector<std::string>& images, nlohmann::ordered_json run);

 private:
  using Clock = std::chrono::steady_clock;

  /// Rows on their way to a chunk's column, in one block of memory that stays from chunk to chunk: in pieces
  /// they would lie about among the networks' activations and keep the allocator from using those places
  /// again.
  class Block {
   public:
    /// The block is made for `capacity` rows, or for as many as come at once.
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
