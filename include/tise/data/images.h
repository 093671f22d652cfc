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

/// Whether a file's name ends as those of archives that are read.
bool is_archive_name(std::string_view name);
/// The array of an .npz that images are read from.
inline constexpr const char* kImageArray = "arr_0";
/// Whether that array of a file holds images. Throws InputError if the file can't be read.
bool holds_images(const std::filesystem::path& path, const std::string& role);
/// Whether a file's name ends as those of numpy's arrays do.
bool is_array_name(std::string_view name);

/// An image of a folder, or in an archive or an array.
struct ImageFile {
  std::string name;  ///< path relative to the folder, with `/`: what orders and identifies images
  std::string path;  ///< where the bytes are (a std::filesystem::path of each would weigh 400 bytes)
  std::shared_ptr<const ImageContainer> container = nullptr;  ///< it lies in; `path` is for messages then
  std::size_t place = 0;                                      ///< in the container
};

/// The bytes. Throws InputError `<role> <path>: …` where they can't be read or are more than so many.
std::vector<std::uint8_t> read_image(const ImageFile& image, const std::string& role,
                                     std::size_t most = std::numeric_limits<std::size_t>::max());

/// The format that the user has the image in, where that isn't the format of its bytes: a row of an array is
/// read as a PPM file. Else empty.
std::string_view own_format(const ImageFile& image);

/// What tells, without reading it, whether a file is still the one that it was: a change of its content
/// changes one of these. Not the device, which differs between the hosts of one network file system.
struct FileState {
  std::int64_t inode = 0;
  std::int64_t size = 0;         ///< in bytes
  std::int64_t modified_ns = 0;  ///< since 1970; anyone can set it
  /// Since 1970, set by the system. 0 if it was so recent that the clock might not show the next change: such
  /// a state equals none.
  std::int64_t changed_ns = 0;

  /// Whether a file of the one state is unchanged if it now has the other.
  bool vouches_for(const FileState& other) const { return changed_ns != 0 && *this == other; }
  bool operator==(const FileState&) const = default;
};
/// Nothing if there is no such file.
std::optional<FileState> state_of(const std::filesystem::path& file);
/// Of the image's file. Of an image in a container: of that, when its entries were listed.
std::optional<FileState> state_of(const ImageFile& image);

/// The images in the order in which they are quick to read: those of an archive as they lie in it.
std::vector<const ImageFile*> in_reading_order(std::span<const ImageFile> images);

/// Whether a file name ends as image files do (`.png`, `.JPG`, …). Formats that can't be decoded are among
/// them: such a file is reported, not passed over.
bool is_image_name(std::string_view name);

/// The images below a place, and what looks like images there but isn't read.
struct ListedImages {
  std::vector<ImageFile> images;  ///< bytewise order of names
  LeftOut left_out;
  std::vector<ImageFile> texts = {};  ///< files that may describe images; only of list_images_and_texts
};
/// Whether a file has no extension and starts as image files do.
bool is_renamed_image(const std::filesystem::path& path);

/// `a-{08..10}.tar` as `a-08.tar`, `a-09.tar`, `a-10.tar`; a text without such braces as it is.
std::vector<std::string> shards_of(const std::string& place);

/// The text that `shards_of` makes these of, which are in bytewise order; empty if none does. One name is its
/// own pattern.
std::string as_braces(const std::vector<std::string>& texts);

/// The images of a folder, of an archive (.zip, .tar, also compressed), of several (a folder of archives, or
/// a path with braces such as `shard-{000..127}.tar`, as WebDataset writes it), or of an array (.npz).
///
/// Every file below it that carries an image's extension, or none and starts like an image. Hidden files and
/// folders are passed over. In folders links are followed, and archives count where there is nothing else; in
/// archives names are the paths in it. Throws InputError `<role>
/// <path>: …` where there is nothing, it can't be read or holds no images, or where two have one name.
/// `shown` is what messages call the place, its path if that is empty.
ListedImages list_images(const std::filesystem::path& place, const std::string& role,
                         const std::string& shown = "");
/// The same with the text files next to them. The place need not contain images.
ListedImages list_images_and_texts(const std::filesystem::path& place, const std::string& role,
                                   const std::string& shown = "");

/// Whether a name comes before another where digits count as the numbers that they make: `a2` before `a10`.
bool comes_before(std::string_view a, std::string_view b);

/// A pair whose image was found.
struct Pair {
  Item item;               ///< its id complete and unique
  std::size_t image = 0;   ///< index into Dataset::images
  std::size_t number = 0;  ///< among all pairs, in the captions' order; stays when pairs are left out
};

/// What is evaluated: images that captions name, once each, and the pairs in the captions' order.
struct Dataset {
  std::vector<ImageFile> images;  ///< bytewise order of names
  std::vector<Pair> pairs;
  std::vector<std::string> unused;   ///< images of the folder that no caption names
  std::vector<std::string> missing;  ///< image ids that no file matches (only with Missing::kSkip)
};

enum class Missing { kFail, kSkip };

/// Finds each item's image, by name with or without extension, and takes the items along. Throws InputError
/// where images are missing (says how many and names --subset) unless `missing` is kSkip; where an image id
/// fits several files; where an id or a pair comes twice; where nothing is left.
Dataset match(std::vector<ImageFile> images, Captions&& captions, Missing missing);

/// The index-th of so many parts of equal size, from 0.
struct Part {
  std::size_t index = 0;
  std::size_t of = 1;
};

/// Keeps one part of the images, a block of neighbours; of a dataset their pairs too.
void keep_part(std::vector<ImageFile>& images, Part part);
void keep_part(Dataset& dataset, Part part);

/// All images, no pairs: for a run without captions.
Dataset without_captions(std::vector<ImageFile> images);

/// SHA-256 of the images' names.
std::string hash_of_names(const std::vector<ImageFile>& images);

/// SHA-256 of what is asked of the images: caption and stated annotations of each pair, in the captions'
/// order, and which pairs share an image. Image names, ids and the format of the captions file don't affect
/// it; nor do references, which have a hash of their own.
std::string hash_of_pairs(const Dataset& dataset);

/// SHA-256 of each pair's references, in the captions' order.
std::string hash_of_references(const Dataset& dataset);

/// SHA-256 of the pairs' numbers: tells which pairs were left out.
std::string hash_of_numbers(const Dataset& dataset);

/// SHA-256 of the order of the images: of the numbers of their pairs, image by image, or, without captions,
/// of the images' names.
std::string hash_of_order(const Dataset& dataset);

}  // namespace tise::data
