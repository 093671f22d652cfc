#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tise/data/images.h"
#include "tise/image/decode.h"
#include "tise/store/chunk.h"
#include "tise/store/texts.h"

namespace tise::store {

/// Where a row of an image group lies.
struct RowPlace {
  std::size_t chunk = 0;
  std::size_t row = 0;
  data::FileState file;      ///< that its image had
  std::string sha256;        ///< of the image's bytes
  double threshold = 0;      ///< of a group that has one (crops): its items' lowest score
  bool is_animated = false;  ///< its image's file
};

/// Rows by image name.
using RowIndex = std::unordered_map<std::string, RowPlace>;

/// Whether stores have a column group of their own of this name: no archive can have it.
bool is_own_group(std::string_view name);

/// Keeps others from writing into a store, as long as what is returned lives; several processes may. Throws
/// InputError if one writes now.
std::shared_ptr<const void> hold_shared(const std::filesystem::path& folder);

/// What stores hold: the chunks that were there when it was made. Their folders (writer.h) are only read.
class Reader {
 public:
  /// Several folders, the parts of one run, are read as one store: the rows that each has of its own run's
  /// images (others have no name), the pairs of all in the captions' order. `pairs` is the folder that has
  /// the pairs instead, if there is one. Throws InputError if a folder is not a store.
  explicit Reader(std::vector<std::filesystem::path> folders,
                  const std::optional<std::filesystem::path>& pairs = std::nullopt);

  /// For messages: the folder, or the folders.
  std::string name() const;

  /// The rows of an image group. Reads names, hashes and states of its chunks and nothing else.
  RowIndex index(const std::string& group) const;
  /// Some columns (read_chunk) of a chunk by its number in RowPlace.
  Chunk chunk(const std::string& group, std::size_t chunk, const std::vector<std::string>& columns) const;
  /// The same of all of a group's chunks, one after another. While one is visited, the next is read.
  void for_each_chunk(const std::string& group, const std::vector<std::string>& columns,
                      const std::function<void(std::size_t chunk, const Chunk&)>& visit) const;
  /// What is known of the image of each row of an image group. Of several rows of one name the last counts.
  void for_each_picture(
      const std::string& group,
      const std::function<void(const std::string& name, const image::PictureHeader& header)>& visit) const;
  /// A group of texts.
  TextTable texts(const std::string& group) const;
  /// The captions in the order of their numbers.
  void for_each_pair(const std::function<void(std::size_t i, const std::string& line)>& visit) const;
  /// The images of the runs that filled it, in order.
  std::vector<std::string> images() const;

 private:
  const std::vector<std::filesystem::path>& paths(const std::string& group) const;
  Chunk load(const std::filesystem::path& path, const std::vector<std::string>& columns) const;

  std::vector<std::filesystem::path> folders_;
  std::map<std::string, std::vector<std::filesystem::path>> chunks_;  ///< by group
  /// Of stores that are read together, each one's first and last image: a part is a block of neighbours. It
  /// may have old rows of images that are another's now; they lose their names when they are read.
  std::map<std::filesystem::path, std::pair<std::string, std::string>> own_images_;
};

}  // namespace tise::store
