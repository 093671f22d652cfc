#pragma once

#include <string>
#include <vector>

#include "tise/data/json_document.h"
#include "tise/data/source.h"
#include "tise/data/captions.h"

namespace tise::data {

/// {"image id": "caption"}.
std::vector<Item> read_map(const Source& source, const Document& document);

/// A list of objects.
std::vector<Item> read_list(const Source& source, const Document& document);

/// An object a line; empty lines are passed over.
std::vector<Item> read_json_lines(const Source& source);

/// A header row, then an item a row (RFC 4180). Fields that are lists or objects are JSON in their cell; an
/// empty cell is an absent field, but for the caption's.
std::vector<Item> read_csv(const Source& source);

/// The captions of one image of a COCO captions file, in the file's order.
struct CocoImage {
  std::string file_name;
  std::vector<std::string> captions;
  std::string where;
};
bool is_coco(const Document& document);
std::vector<CocoImage> read_coco(const Source& source, const Document& document);

}  // namespace tise::data
