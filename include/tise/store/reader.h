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

/// Where a row of an image group is stored.
struct RowPlace {
  std::size_t chunk = 0;
  std::size_t row = 0;
  data::FileState file;      ///< of the image file
  std::string sha256;        ///< of the image's bytes
  double threshold = 0;      ///< of groups that have one (crops): the lowest score that items may have
  bool is_animated = false;  ///< whether the image file is animated
};

/// Rows by image name.
using RowIndex = std::unordered_map<std::string, RowPlace>;

/// Whether stores use this name for a column group of their own. No archive can have such a name.
bool is_own_group(std::string_view name);

/// Keeps others from writing into a store as long as the returned object lives. Several processes may hold a
/// store like this. Throws InputError if a process is writing into it.
std::shared_ptr<const void> hold_shared(const std::filesystem::path& folder);

/// Reads stores (writer.h describes them): the chunks that exist when the reader is made. Never writes.
class Reader {
 public:
  /// Several folders, the parts of one run, are read as one store. Each folder contributes the rows of its
  /// own images (its other rows lose their names), and the pairs of all folders are read in caption order. If
  /// `pairs` is given, the pairs are read from that folder instead. Throws InputError if a folder isn't a
  /// store.
  explicit Reader(std::vector<std::filesystem::path> folders,
                  const std::optional<std::filesystem::path>& pairs = std::nullopt);

  /// The folder or folders, for messages.
  std::string name() const;

  /// The rows of an image group. Doesn't read features.
  RowIndex index(const std::string& group) const;
  /// Some columns of a chunk, as read_chunk. `chunk`: its number in RowPlace.
  Chunk chunk(const std::string& group, std::size_t chunk, const std::vector<std::string>& columns) const;
  /// Visits the same columns of all chunks of a group, in order. While one chunk is visited, the next is
  /// read.
  void for_each_chunk(const std::string& group, const std::vector<std::string>& columns,
                      const std::function<void(std::size_t chunk, const Chunk&)>& visit) const;
  /// Visits the image header of each row of an image group. If several rows have the same name, the last
  /// counts.
  void for_each_picture(
      const std::string& group,
      const std::function<void(const std::string& name, const image::PictureHeader& header)>& visit) const;
  /// The texts of a group.
  TextTable texts(const std::string& group) const;
  /// Visits the captions in the order of their numbers.
  void for_each_pair(const std::function<void(std::size_t i, const std::string& line)>& visit) const;
  /// The names of the images of the runs that filled the store, in order.
  std::vector<std::string> images() const;

 private:
  const std::vector<std::filesystem::path>& paths(const std::string& group) const;
  Chunk load(const std::filesystem::path& path, const std::vector<std::string>& columns) const;

  std::vector<std::filesystem::path> folders_;
  std::map<std::string, std::vector<std::filesystem::path>> chunks_;  ///< by group
  /// The first and last image of each store, if several are read together: a part is a block of consecutive
  /// images. A store may have old rows of images that now belong to another part. They lose their names when
  /// they are read.
  std::map<std::filesystem::path, std::pair<std::string, std::string>> own_images_;
};

}  // namespace tise::store
