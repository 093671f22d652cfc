#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "records.h"
#include "tise/data/captions.h"

namespace tise::data {

/// Whether a path is a place of images in which to look for captions (a folder, an archive or shards) and
/// not a captions file.
bool is_place(const std::filesystem::path& path, const std::string& role);

/// Reads the captions in a folder, an archive or shards of images: from a metadata.jsonl or metadata.csv at
/// the top (Hugging Face's imagefolder); from files next to the images, `a.txt` or `a.json` for `a.png`
/// (WebDataset's shards); from GenEval's folders, `00000/metadata.jsonl` for `00000/samples/0000.png`; from
/// text files alone, one prompt per file (DPG-Bench's prompts); or from the images' names,
/// `PROMPT_000000.png` (T2I-CompBench). Throws InputError if there are none.
Captions read_place(const std::filesystem::path& place, const CaptionsReading& reading);

/// Reads the captions in a file.
Captions read_captions_file(const std::filesystem::path& path, const CaptionsReading& reading);

/// How to read items, as requested by a CaptionsReading, which must outlive this.
struct CaptionFields {
  explicit CaptionFields(const CaptionsReading& asked)
      : name(asked.caption_field), reading{kCaptionNames, asked.fields} {
    if (!name.empty()) reading.captions = {{&name, 1}};
  }
  std::string_view name;
  ItemReading reading;
};

}  // namespace tise::data
