#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "records.h"
#include "tise/data/captions.h"

namespace tise::data {

/// Whether captions are looked for in a place of images rather than in a file.
bool is_place(const std::filesystem::path& path, const std::string& role);

/// The captions in a folder, an archive or shards of images: of a metadata.jsonl or metadata.csv at its top
/// (Hugging Face's imagefolder); next to the images, `a.txt` or `a.json` for `a.png` (WebDataset's shards);
/// in GenEval's folders, `00000/metadata.jsonl` for `00000/samples/0000.png`; of texts alone, a prompt a file
/// (DPG-Bench's prompts); or in the images' names, `PROMPT_000000.png` (T2I-CompBench). Throws InputError if
/// there are none.
Captions read_place(const std::filesystem::path& place, const CaptionsReading& reading);

/// The captions in a file.
Captions read_captions_file(const std::filesystem::path& path, const CaptionsReading& reading);

/// What items are read by, of what is asked of a captions file, which must outlive it.
struct CaptionFields {
  explicit CaptionFields(const CaptionsReading& asked)
      : name(asked.caption_field), reading{kCaptionNames, asked.fields} {
    if (!name.empty()) reading.captions = {{&name, 1}};
  }
  std::string_view name;
  ItemReading reading;
};

}  // namespace tise::data
