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

/// The fields of an item. Errors in them throw InputError that names file, item and field, and
/// shows how the item's caption starts.
Fields item_fields(const Source& source, const std::string& where, const nlohmann::json& object);

bool is_one_of(std::string_view name, FieldNames names);

/// The names that one field has in existing files. The first `ours` names are our own: an item must not have
/// two of them. The other names ignore case and count only if none of ours is present; the first one found
/// is used.
struct Names {
  FieldNames all;
  std::size_t ours = 1;

  constexpr FieldNames own() const { return all.first(ours); }
  bool has(std::string_view name) const;
};

/// The field of an item by its names; nullopt if it has none of them.
std::optional<Field> find_named(const Fields& fields, const Names& names);

inline constexpr std::array<std::string_view, 13> kImageWords{
    "image",    "file_name", "caption_id", "image_path", "img_path",        "image_file", "image_name",
    "filename", "filepath",  "file_path",  "path",       "image_file_path", "img"};
inline constexpr Names kImageNames{kImageWords, 3};
inline constexpr std::array<std::string_view, 7> kCaptionWords{"caption",   "text",    "prompt",  "prompts",
                                                               "prompt_en", "comment", "captions"};
inline constexpr Names kCaptionNames{kCaptionWords, 2};

/// Fields that image files may be named by instead of a path, the most reliable first.
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
  std::vector<std::string> kept = {};  ///< further fields to keep, ignoring case
};

/// Reads an item of a list, a line of JSON Lines or a row of a table. Of fields that are not ours it keeps
/// those that image files may be named by and those in `reading.kept`. It ignores the rest, since Hugging
/// Face's metadata may have any fields. Throws InputError.
Item read_item(const Source& source, const std::string& where, const nlohmann::json& object,
               const ItemReading& reading = {});

/// The field with an item's caption; nullopt for an item without one.
std::optional<Field> caption_field(const Fields& fields, const Names& names);

/// Counts by name the fields of an item that are not read.
void note_unknown(std::map<std::string, UnknownField>& unknown, const nlohmann::json& object,
                  const ItemReading& reading);

/// Receives one record of a file: its place (`item 17`, `line 3`) and its content.
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
