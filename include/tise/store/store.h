#pragma once

#include <ATen/core/Tensor.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tise/pipeline/rows.h"
#include "tise/store/chunk.h"
#include "tise/store/texts.h"

namespace tise::store {

/// A chunk is written when it has so many rows or bytes.
inline constexpr std::size_t kChunkRows = 1024;
inline constexpr std::size_t kChunkBytes = std::size_t{64} << 20U;
/// The same for the items (objects) of its images: a chunk of crops is read whole.
inline constexpr std::size_t kItemBytes = std::size_t{16} << 20U;

/// So often what waits for its chunk to be full is written all the same: a run that is killed has no more
/// than that to do again.
inline constexpr std::chrono::seconds kChunkAge{60};

class Lock;

/// What a store's rows were made with. Rows of other models, preparations or precisions don't mix.
struct Provenance {
  /// Column group → what made it: {"name", "sha256", "input", …}.
  std::map<std::string, nlohmann::ordered_json> models;
  std::string precision = "fp32";
  std::string device = "cpu";
  /// What a run that has all its rows here left with `finish`; null where the last one hasn't.
  nlohmann::ordered_json run;
};

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

/// Where a row of an image group lies.
struct RowPlace {
  std::size_t chunk = 0;
  std::size_t row = 0;
  data::FileState file;  ///< that its image had
  std::string sha256;    ///< of the image's bytes
  double threshold = 0;  ///< of a group that has one (crops): its items' least score
};

/// The feature store: a folder of encoded samples, from which every metric is computed.
///
///     store.json                 schema and provenance, and the run that filled it
///     chunk-<group>-000000.pt …  rows of one column group
///
/// Image groups have one row an image (groups of objects: any number of rows, and how many in `lengths`),
/// keyed by its name, with the state and the hash of its file; the group `files` has the later states of
/// files whose hash was found to be the same (a copy's, a moved folder's); the group `texts` has one row a
/// distinct token sequence; the group `pairs` holds the captions, `images` the names of the run's images.
/// Several rows for one name: the last chunk's counts.
class Store {
 public:
  /// Opens a folder as a store, creating it where it isn't there, and holds it for this process as long as
  /// the store lives. One whose folder can't be written to is only read. Throws InputError where it holds
  /// something else, another process holds it, it comes from a newer schema, or where its provenance differs
  /// for a group that `provenance` names: the message names the difference.
  static Store open(const std::filesystem::path& folder, const Provenance& provenance, Writers writers = {});

  /// Opens a store that another process holds, to write rows beside it. Throws InputError likewise.
  static Store join(const std::filesystem::path& folder, const Provenance& provenance, Writers writers);

  /// The stores of several machines as one that is only read: the rows that each has of its own run's images
  /// (others have no name), the pairs of all in the captions' order. Throws InputError where one is none.
  static Store read(std::vector<std::filesystem::path> folders);

  /// What the folder's store.json says; nothing where there is no store.
  static std::optional<Provenance> read_provenance(const std::filesystem::path& folder);

  bool is_read_only() const { return read_only_; }
  /// Throws InputError if the store lacks `what` and can only be read.
  void check_writable(const std::string& what) const;

  /// Takes rows; whole chunks go to disk at once, the rest every kChunkAge and with `flush`.
  void add(pipeline::ImageRows&& rows);
  void add(pipeline::TextRows&& rows);
  /// Texts whose tokens some row has already: they share it.
  void add_alias(const pipeline::TokenizedText& text);
  /// A file that has another state than the one its rows were made from, but the same hash.
  void add_state(pipeline::FileIdentity&& file);
  /// Replaces the captions by `count` others, of which `pair` makes the i-th; their numbers ascend.
  void set_pairs(std::size_t count, const std::function<StoredPair(std::size_t)>& pair);
  /// Calls `visit` with each of them, in the order of their numbers.
  void for_each_pair(const std::function<void(std::size_t i, const std::string& line)>& visit) const;
  void flush();
  /// Says that all rows of a run are here: of which images, and what is needed to score them without anything
  /// else. Opening the store takes it back. One that is only read keeps what it has.
  void finish(const std::vector<std::string>& images, nlohmann::ordered_json run);
  /// The images of the runs that filled it, in order.
  std::vector<std::string> images() const;
  /// In place of kChunkAge.
  void let_wait(std::chrono::steady_clock::duration age) { most_age_ = age; }

  /// The rows of an image group by image name.
  std::unordered_map<std::string, RowPlace> index(const std::string& group) const;
  /// A chunk by its number in RowPlace.
  Chunk chunk(const std::string& group, std::size_t chunk) const;
  /// Reads the group chunk by chunk.
  void for_each_chunk(const std::string& group,
                      const std::function<void(std::size_t chunk, const Chunk&)>& visit) const;
  TextTable texts() const;

  /// For messages: the folder, or the folders.
  std::string name() const;

 private:
  using Clock = std::chrono::steady_clock;

  Store(std::vector<std::filesystem::path> folders, std::shared_ptr<const Lock> lock, Writers writers)
      : folders_(std::move(folders)), lock_(std::move(lock)), writers_(writers) {}
  /// Of a store that is written, its one folder.
  const std::filesystem::path& folder() const { return folders_.front(); }
  std::vector<std::filesystem::path> chunks(const std::string& group) const;
  Chunk load(const std::filesystem::path& path) const;
  void write(const std::string& group, const Chunk& chunk);
  void clear(const std::string& group);

  /// Rows on their way to a chunk's column, in one block of memory that stays from chunk to chunk: in pieces
  /// they would lie about among the networks' activations and keep the allocator from using those places
  /// again.
  class Waiting {
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
  struct WaitingImages {
    std::vector<pipeline::FileIdentity> files;
    std::map<std::string, Waiting> columns;
    std::map<std::string, Waiting> items;
    std::size_t item_count = 0;
  };
  struct WaitingTexts {
    std::vector<std::string> texts;
    std::vector<std::string> tokens;
    std::vector<std::uint8_t> cut;   ///< 1: the text has more tokens than CLIP's context
    std::vector<std::int64_t> rows;  ///< index into this chunk's embeddings, -1: another chunk's
    Waiting embeddings;
    void add(const pipeline::TokenizedText& text, std::int64_t row);
  };
  void flush_if_due();
  void add_rows(pipeline::ImageRows&& rows);
  void add_items(pipeline::ImageRows&& rows);
  void write_images(const std::string& group);
  void write_texts();
  void write_states();

  std::vector<std::filesystem::path> folders_;  // several: only read
  /// Of stores that are read together, each one's first and last image: a part is a block of neighbours. It
  /// may have old rows of images that are another's now; they lose their names when they are read.
  std::map<std::filesystem::path, std::pair<std::string, std::string>> own_images_;
  std::shared_ptr<const Lock> lock_;
  std::map<std::string, WaitingImages> images_;
  WaitingTexts texts_;
  std::vector<pipeline::FileIdentity> states_;
  Clock::duration most_age_ = kChunkAge;
  Clock::time_point flushed_ = Clock::now();
  Writers writers_;
  bool read_only_ = false;
  std::vector<std::string> pairs_;  ///< of a store that is only read: it can't take them
  std::map<std::string, std::size_t> next_chunk_;
};

}  // namespace tise::store
