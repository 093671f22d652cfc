#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tise/data/captions.h"
#include "tise/data/left_out.h"

namespace tise::data {

class ImageContainer;

/// Whether a file name ends like that of an archive that can be read.
bool is_archive_name(std::string_view name);
/// The array of an .npz that images are read from.
inline constexpr const char* kImageArray = "arr_0";
/// Whether that array of a file holds images; false if the file can't be read.
bool holds_images(const std::filesystem::path& path, const std::string& role);
/// Whether a file name ends in `.npz`.
bool is_array_name(std::string_view name);

/// An image in a folder, an archive or an array.
struct ImageFile {
  std::string name;  ///< path relative to the folder, with `/`; orders and identifies images
  std::string path;  ///< where the bytes are (not a std::filesystem::path, which takes 400 bytes)
  std::shared_ptr<const ImageContainer> container =
      nullptr;            ///< the container it is in; `path` is then for messages
  std::size_t place = 0;  ///< its index in the container
};

/// The bytes. Throws InputError `<role> <path>: …` if they can't be read or there are more than `most`.
std::vector<std::uint8_t> read_image(const ImageFile& image, const std::string& role,
                                     std::size_t most = std::numeric_limits<std::size_t>::max());

/// The format of the user's image if it differs from that of the bytes, else empty: a row of an array is
/// read as a PPM file.
std::string_view own_format(const ImageFile& image);

/// Detects, without reading a file, whether it has changed: a change of its content changes one of these.
/// The device is not included, since it differs between hosts that share a network file system.
struct FileState {
  std::int64_t inode = 0;
  std::int64_t size = 0;         ///< in bytes
  std::int64_t modified_ns = 0;  ///< since 1970; anyone can set it
  /// Since 1970, set by the system. 0 if the change was so recent that the clock might not show the next
  /// one; such a state vouches for nothing.
  std::int64_t changed_ns = 0;

  /// Whether a file that had this state and now has the other one is unchanged.
  bool vouches_for(const FileState& other) const { return changed_ns != 0 && *this == other; }
  bool operator==(const FileState&) const = default;
};
/// Returns nullopt if the file does not exist.
std::optional<FileState> state_of(const std::filesystem::path& file);
/// The state of the image's file; for an image in a container, the state of the container when its entries
/// were listed.
std::optional<FileState> state_of(const ImageFile& image);

/// The images in the order that is fastest to read: those of an archive in the archive's order.
std::vector<const ImageFile*> in_reading_order(std::span<const ImageFile> images);

/// Whether a file name has an image extension (`.png`, `.JPG`, …). Formats that can't be decoded are
/// included, so that such a file is reported and not skipped.
bool is_image_name(std::string_view name);

/// The images in a place, and files in it that look like images but are not read.
struct ListedImages {
  std::vector<ImageFile> images;  ///< bytewise order of names
  LeftOut left_out;
  std::vector<ImageFile> texts = {};  ///< files that may describe images; only from list_images_and_texts
};
/// Whether a file has no extension and starts like an image.
bool is_renamed_image(const std::filesystem::path& path);

/// Expands `a-{08..10}.tar` to `a-08.tar`, `a-09.tar`, `a-10.tar`. Returns a text without such braces
/// unchanged.
std::vector<std::string> shards_of(const std::string& place);

/// The inverse of `shards_of`: the pattern that expands to these texts, which are in bytewise order; empty
/// if no pattern does. One text is its own pattern.
std::string as_braces(const std::vector<std::string>& texts);

/// The images of a folder, of an archive (.zip, .tar, also compressed), of several archives (a folder of
/// them, or a path with braces such as `shard-{000..127}.tar`, as in WebDataset), or of an array (.npz).
///
/// An image is a file with an image extension, or a file without extension that starts like an image. Hidden
/// files and folders are skipped. In folders, links are followed, and archives are read only if the
/// folder has no image files. In archives, names are the paths inside. Throws InputError `<role> <path>: …`
/// if the place is missing, can't be read or holds no images, or if two images have the same name. `shown` is
/// the name of the place in messages; if empty, its path.
ListedImages list_images(const std::filesystem::path& place, const std::string& role,
                         const std::string& shown = "");
/// The same, with the text files next to the images. The place need not contain images.
ListedImages list_images_and_texts(const std::filesystem::path& place, const std::string& role,
                                   const std::string& shown = "");

/// Whether a name comes before another in natural order: `a2` before `a10`.
bool comes_before(std::string_view a, std::string_view b);

/// A pair whose image was found.
struct Pair {
  Item item;               ///< its id is filled in and unique
  std::size_t image = 0;   ///< index into Dataset::images
  std::size_t number = 0;  ///< index among all pairs in the captions' order; kept when pairs are left out
};

/// What is evaluated: the images that captions name, once each, and the pairs in the captions' order.
struct Dataset {
  std::vector<ImageFile> images;  ///< bytewise order of names
  std::vector<Pair> pairs;
  std::vector<std::string> unused;   ///< images that no caption names
  std::vector<std::string> missing;  ///< image ids that no file matches (only with Missing::kSkip)
};

enum class Missing { kFail, kSkip };

/// Finds each item's image by name, with or without extension, and moves the items into the pairs. Throws
/// InputError if images are missing, unless `missing` is kSkip; if an image id matches several files; if an
/// id or a pair appears twice; or if no image is found at all.
Dataset match(std::vector<ImageFile> images, Captions&& captions, Missing missing);

/// Part `index`, from 0, of `of` parts of equal size.
struct Part {
  std::size_t index = 0;
  std::size_t of = 1;
};

/// Keeps one part of the images, a block of neighbors, and in a dataset also their pairs.
void keep_part(std::vector<ImageFile>& images, Part part);
void keep_part(Dataset& dataset, Part part);

/// All images, no pairs: for a run without captions.
Dataset without_captions(std::vector<ImageFile> images);

/// SHA-256 of the images' names.
std::string hash_of_names(const std::vector<ImageFile>& images);

/// SHA-256 of the caption and the stated annotations of each pair, in the captions' order, and of which
/// pairs share an image. Image names, ids and the format of the captions file don't affect it, nor do
/// references, which have a hash of their own.
std::string hash_of_pairs(const Dataset& dataset);

/// SHA-256 of each pair's references, in the captions' order.
std::string hash_of_references(const Dataset& dataset);

/// SHA-256 of the pairs' numbers; shows which pairs were left out.
std::string hash_of_numbers(const Dataset& dataset);

/// SHA-256 of the order of the images: of the numbers of their pairs, image by image, or of the images'
/// names in a run without captions.
std::string hash_of_order(const Dataset& dataset);

}  // namespace tise::data
