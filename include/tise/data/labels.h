#pragma once

#include <filesystem>

#include "tise/data/captions.h"

namespace tise::data {

/// Reads labels of images: `list`, `jsonl`, `map`, `csv` or `tsv` as for captions, with `label` (or `class`)
/// instead of `caption`. A label is a string or a whole number; each item's `caption` holds it, a number as
/// its digits. Throws InputError.
Captions read_labels(const std::filesystem::path& path);

}  // namespace tise::data
