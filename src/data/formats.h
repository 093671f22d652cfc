#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fields.h"
#include "tise/data/captions.h"
#include "tise/data/json_document.h"
#include "tise/data/source.h"

namespace tise::data {

/// Takes one record of a file: where it stands (`item 17`, `line 3`), and what it says.
using TakeRecord = std::function<void(const std::string& where, const nlohmann::json& record)>;

/// Hands over the records of a file, whatever its format, and returns that: `list`, `jsonl`, `csv`, or
/// nothing where the file is one object that isn't a record, which is then left to `take_object`. A record
/// has an image and, beside it, one of the fields `beside`.
std::string for_each_record(const Source& source, Names beside, const TakeRecord& take,
                            const std::function<std::string(const Document&)>& take_object);

/// A header row, then a record a row (RFC 4180). Fields that are lists or objects are JSON in their cell; an
/// empty cell is an absent field, but for those of `beside`.
void read_csv(const Source& source, Names beside, const TakeRecord& take);

/// The captions of one image of a COCO captions file, in the file's order.
struct CocoImage {
  std::string file_name;
  std::vector<std::string> captions;
  std::string where;
};
bool is_coco(const Document& document);
std::vector<CocoImage> read_coco(const Source& source, const Document& document);

}  // namespace tise::data
