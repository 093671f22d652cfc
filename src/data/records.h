#pragma once

#include <array>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
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

/// What one field is called in the files that people have. The first names are ours: each is the field, and
/// an item must not have two of them. The others count in any case of letters, and only if none of ours is
/// there, the first of them that is.
struct Names {
  FieldNames all;
  std::size_t ours = 1;

  constexpr FieldNames own() const { return all.first(ours); }
  bool has(std::string_view name) const;
};

/// The field of an item by its names; nothing if it has none of them.
std::optional<Field> find_named(const Fields& fields, const Names& names);

inline constexpr std::array<std::string_view, 13> kImageWords{
    "image",    "file_name", "caption_id", "image_path", "img_path",        "image_file", "image_name",
    "filename", "filepath",  "file_path",  "path",       "image_file_path", "img"};
inline constexpr Names kImageNames{kImageWords, 3};
inline constexpr std::array<std::string_view, 7> kCaptionWords{"caption",   "text",    "prompt",  "prompts",
                                                               "prompt_en", "comment", "captions"};
inline constexpr Names kCaptionNames{kCaptionWords, 2};

/// Fields by which files are called in place of a path, the most telling first.
inline constexpr std::array<std::string_view, 14> kNamingWords{
    "image_id", "cocoid",      "coco_id", "img_id", "case_number", "prompt_id", "item_id",
    "id",       "question_id", "uid",     "key",    "number",      "index",     "idx"};

inline constexpr std::array<std::string_view, 1> kIdNames{"id"};
inline constexpr std::array<std::string_view, 1> kReferencesNames{"references"};
inline constexpr std::array<std::string_view, 2> kOppositeNames{"opposite", "false_caption"};
inline constexpr std::array<std::string_view, 1> kPositionNames{"position"};
inline constexpr std::array<std::string_view, 2> kCountsNames{"counts", "counting_info"};
inline constexpr std::array<std::string_view, 1> kObjectsNames{"objects"};
inline constexpr std::array<std::string_view, 2> kDistractorsNames{"distractors", "mismatched_captions"};
inline constexpr std::array<std::string_view, 1> kClusterNames{"cluster"};
inline constexpr std::array<std::string_view, 1> kMetricsNames{"metrics"};

/// How items are read.
struct ItemReading {
  Names captions = kCaptionNames;
  std::vector<std::string> kept = {};  ///< further fields that items shall have, in any case of letters
};

/// Reads an item of a list, a line of JSON Lines or a row of a table. Of fields that are not ours it takes
/// those by which files are called, and the kept ones; the rest is passed over: Hugging Face's metadata may
/// have any. Throws InputError.
Item read_item(const Source& source, const std::string& where, const nlohmann::json& object,
               const ItemReading& reading = {});

/// The field that has an item's caption; nothing if none has.
std::optional<Field> caption_field(const Fields& fields, const Names& names);

/// Counts the fields of such an item that are not read, by their names.
void note_unknown(std::map<std::string, UnknownField>& unknown, const nlohmann::json& object,
                  const ItemReading& reading);

/// Takes one record of a file: where it stands (`item 17`, `line 3`), and what it says.
using TakeRecord = std::function<void(const std::string& where, const nlohmann::json& record)>;

/// The captions of one image of a COCO captions file, in the file's order.
struct CocoImage {
  std::string id;
  std::string file_name;
  std::vector<std::string> captions;
  std::string where;
};
bool is_coco(const Document& document);
std::vector<CocoImage> read_coco(const Source& source, const Document& document);

}  // namespace tise::data
