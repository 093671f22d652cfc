#pragma once

#include <filesystem>

#include "tise/data/captions.h"

namespace tise::data {

/// Labels of images, in the formats of captions with `label` (or `class`) for `caption`: a text or a whole
/// number, as its digits in each item's `caption`. Throws InputError.
Captions read_labels(const std::filesystem::path& path);

}  // namespace tise::data
