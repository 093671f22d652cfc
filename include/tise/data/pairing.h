#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tise/data/captions.h"
#include "tise/data/images.h"

namespace tise::data {

/// How captions and images were paired.
struct Pairing {
  std::string rule;         ///< in words: `by name`, `by row number from 0`
  std::string pattern;      ///< of the images' names, as in --image-pattern; empty: by name
  std::size_t prompts = 0;  ///< different captions, also those without an image
  std::size_t fewest = 0;   ///< images per prompt, among prompts that have any; 0 by name
  std::size_t most = 0;
};

/// Finds the images of captions that don't name existing ones, and gives each item the name of its image. An
/// item with several images becomes as many items. An item without images gets a name that no image has, for
/// `match` to report. If an item named an image before, its field `image` keeps that name.
///
/// The rules, in this order: image names that items give, with or without extension and folders; a field
/// (`id`, `image_id`, `case_number`, …); and, if items name no images at all, the caption or the row's
/// number. In the name of an image, each may stand alone, be followed by the number of a copy (`00007_3`,
/// `7-3`), be a folder of copies (`00007/0`), or lie in other folders. A `pattern`, such as
/// `{index:05}_{k}.png`, replaces the rules. Its fields are those of the captions, `{prompt}`, `{image}`,
/// and the row's number from 0 (`{index}`) or from 1 (`{number}`); `{field.index}` is the captions' own
/// field of that name. `{k}` stands for any number and `*` for any text.
///
/// Throws InputError if no rule fits, or if two rules fit that give an image different captions; UsageError
/// if the pattern is invalid.
Pairing pair_images(Captions& captions, const std::vector<ImageFile>& images,
                    const std::optional<std::string>& pattern);

/// The fields of captions that a pattern uses.
std::vector<std::string> fields_of_pattern(const std::string& pattern);

/// Removes the items' `fields` except those with these names, ignoring case.
void keep_fields(std::vector<Item>& items, const std::vector<std::string>& names);

/// Describes captions paired with `images` images: `captions: TSV (Prompt), 1,632 prompts; 6,528 images, 4
/// per prompt, by row number from 0`.
std::string in_words(const Captions& captions, const Pairing& pairing, std::size_t images,
                     const std::vector<std::string>& split_by = {});

}  // namespace tise::data
