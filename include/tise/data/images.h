#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tise/data/captions.h"

namespace tise::data {

/// An image of a folder.
struct ImageFile {
  std::string name;  ///< path relative to the folder, with `/`: what orders and identifies images
  std::string path;  ///< where the bytes are (a std::filesystem::path of each would weigh 400 bytes)
};

/// Whether a file name ends as image files do (`.png`, `.JPG`, …). Formats that can't be decoded are among
/// them: such a file is reported, not passed over.
bool is_image_name(std::string_view name);

/// Every file below the folder that carries an image's extension, or none and starts like an image, in
/// bytewise order of the names. Links are followed; hidden files and folders are passed over. Throws
/// InputError `<role> <path>: …` where there is no such folder, it can't be read or holds no images.
std::vector<ImageFile> list_images(const std::filesystem::path& folder, const std::string& role);

/// A pair whose image was found.
struct Pair {
  Item item;              ///< its id complete and unique
  std::size_t image = 0;   ///< index into Dataset::images
  std::size_t number = 0;  ///< in the order of the captions, those of other parts counted
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

}  // namespace tise::data
