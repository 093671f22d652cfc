#pragma once

#include <array>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tise/base/fields.h"
#include "tise/data/captions.h"
#include "tise/data/json_document.h"
#include "tise/data/source.h"

namespace tise::data {

/// The fields of an item. What is wrong with them is an InputError that names file, item and field, and shows
/// how the item's caption begins.
Fields item_fields(const Source& source, const std::string& where, const nlohmann::json& object);

bool is_one_of(std::string_view name, FieldNames names);

/// The fields of an item and the other names under which files in the wild have them: `file_name` and `text`
/// are Hugging Face's, the others the TISE toolbox's.
inline constexpr std::array<std::string_view, 3> kImageNames{"image", "file_name", "caption_id"};
inline constexpr std::array<std::string_view, 2> kCaptionNames{"caption", "text"};
inline constexpr std::array<std::string_view, 1> kIdNames{"id"};
inline constexpr std::array<std::string_view, 1> kReferencesNames{"references"};
inline constexpr std::array<std::string_view, 2> kOppositeNames{"opposite", "false_caption"};
inline constexpr std::array<std::string_view, 1> kPositionNames{"position"};
inline constexpr std::array<std::string_view, 2> kCountsNames{"counts", "counting_info"};
inline constexpr std::array<std::string_view, 1> kObjectsNames{"objects"};
inline constexpr std::array<std::string_view, 2> kDistractorsNames{"distractors", "mismatched_captions"};
inline constexpr std::array<std::string_view, 1> kClusterNames{"cluster"};
inline constexpr std::array<std::string_view, 1> kMetricsNames{"metrics"};

/// Reads an item of a list, a line of JSON Lines or a row of a CSV. Fields that are not ours are passed over:
/// Hugging Face's metadata may have any. Throws InputError.
Item read_item(const Source& source, const std::string& where, const nlohmann::json& object);

/// Counts the fields of such an item that are not ours, by their names.
void note_unknown(std::map<std::string, UnknownField>& unknown, const nlohmann::json& object);

/// Takes one record of a file: where it stands (`item 17`, `line 3`), and what it says.
using TakeRecord = std::function<void(const std::string& where, const nlohmann::json& record)>;

/// Hands over the records of a file, whatever its format, and returns that: `list`, `jsonl`, `csv`, or
/// nothing where the file is one object that isn't a record, which is then left to `take_object`. A record
/// has an image and, beside it, one of the fields `beside`.
std::string for_each_record(const Source& source, FieldNames beside, const TakeRecord& take,
                            const std::function<std::string(const Document&)>& take_object);

/// A header row, then a record a row (RFC 4180). Fields that are lists or objects are JSON in their cell; an
/// empty cell is an absent field, but for those of `beside`.
void read_csv(const Source& source, FieldNames beside, const TakeRecord& take);

/// The captions of one image of a COCO captions file, in the file's order.
struct CocoImage {
  std::string file_name;
  std::vector<std::string> captions;
  std::string where;
};
bool is_coco(const Document& document);
std::vector<CocoImage> read_coco(const Source& source, const Document& document);

}  // namespace tise::data
