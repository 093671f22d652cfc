#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tise/data/captions.h"
#include "tise/data/images.h"

namespace tise::data {

/// How captions and images were put together.
struct Pairing {
  std::string rule;         ///< in words: `by name`, `by row number from 0`
  std::string pattern;      ///< that the names of images follow, as --image-pattern has it; empty: by name
  std::size_t prompts = 0;  ///< captions that images were looked for
  std::size_t fewest = 0;   ///< images of one of the prompts that have any; 0 by name
  std::size_t most = 0;
};

/// Finds the images of captions that don't name them as they are, and gives each item the name of its image.
/// An item with several images becomes as many; one that has none keeps a name that no image has, for `match`
/// to report. What an item named before is then its field `image`.
///
/// Names that items give go first, each with or without an extension, in a folder or not. If they name none,
/// images are called by a field (`id`, `image_id`, `case_number`, …), or, where items name none at all, by
/// the caption or by the number of its row: alone, followed by the number of a copy (`00007_3`, `7-3`), as a
/// folder of copies (`00007/0`), or in folders of their own. `pattern`, such as `{index:05}_{k}.png`, decides
/// in their stead; its fields are those of the captions, `{prompt}`, `{image}`, the row's number from 0
/// `{index}` and from 1 `{number}` (`{field.index}` is a field of that name), and of what doesn't matter,
/// `{k}` for a number and `*` for any text.
///
/// Throws InputError where no rule fits, or where two fit that give an image different captions; UsageError
/// for a pattern that is none.
Pairing pair_images(Captions& captions, const std::vector<ImageFile>& images,
                    const std::optional<std::string>& pattern);

/// The fields of captions that a pattern names.
std::vector<std::string> fields_of_pattern(const std::string& pattern);

/// Leaves items those of their other fields that have these names, in any case of letters.
void keep_fields(std::vector<Item>& items, const std::vector<std::string>& names);

/// Of captions that were put together with so many images: `TSV (Prompt), 1,632 prompts; 6,528 images, 4 per
/// prompt, by row number from 0`.
std::string in_words(const Captions& captions, const Pairing& pairing, std::size_t images,
                     const std::vector<std::string>& split_by = {});

}  // namespace tise::data
