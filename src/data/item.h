#pragma once

#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tise/data/captions.h"
#include "tise/data/source.h"

namespace tise::data {

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

}  // namespace tise::data
