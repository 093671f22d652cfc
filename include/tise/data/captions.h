#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tise::data {

/// A field and what it says.
struct Named {
  std::string name;
  std::string text;
};

/// One image/caption pair as the captions file has it, or a caption that images are yet to be found for.
struct Item {
  std::string id;  ///< as given, or empty until `match` completes it
  std::string
      image;  ///< image id: a relative path, with or without its extension; empty: `pair_images` finds it
  std::string caption;  ///< as written; may be empty
  std::vector<std::string> references;
  std::optional<std::string> opposite;                  ///< the caption with the opposite positional word
  std::optional<std::string> position;                  ///< the positional word
  std::optional<std::map<std::string, double>> counts;  ///< class name to number
  std::optional<std::vector<std::string>> objects;      ///< class names that the caption mentions
  std::vector<std::string> distractors;                 ///< other captions for RP
  std::optional<std::string> cluster;                   ///< items with the same label vary together
  std::optional<std::vector<std::string>> metrics;      ///< only these metrics use the item
  std::vector<Named> fields;                            ///< by which images are found or metrics split
  std::string where;                                    ///< for messages: `item 17`, `line 3`, `key "a/b"`

  /// What one of `fields` says, its name in any case of letters; null if the item lacks it.
  const std::string* field(std::string_view name) const;
};

/// An item in our own format (JSON Lines), its image called `image`.
std::string json_line(const Item& item, std::string_view image);
/// What `json_line` wrote. Throws InputError that names the file it stands in.
Item read_json_line(std::string_view line, const std::filesystem::path& file);

/// A field of a captions file's items that is none of ours and is not read.
struct UnknownField {
  std::string name;
  std::size_t items = 0;  ///< how many have it
  std::string meant;      ///< the field that it may be misspelt for; empty if none is near
};

/// A captions file, whatever its format.
struct Captions {
  std::string role = "captions";  ///< for messages
  std::filesystem::path path;
  std::string format;  ///< `map`, `coco`, `list`, `jsonl`, `csv`, … as --captions-format has it
  std::string sha256;  ///< of the file; of a folder or archive: of the texts in it
  std::vector<Item> items;
  std::vector<UnknownField> unknown_fields = {};  ///< in order of their names
  std::string title = {};                         ///< the format in words: `TSV`
  std::string field = {};                         ///< what captions are called in it, if it says: `Prompt`
  bool names_images = false;                      ///< whether items say which image they are of
  std::vector<std::string> notices = {};          ///< what should be said of it
};

/// How a captions file is to be read.
struct CaptionsReading {
  std::string format = {};               ///< as --captions-format has it; empty: told from the content
  std::string caption_field = {};        ///< that has the captions; empty: the usual ones
  std::vector<std::string> fields = {};  ///< that items shall keep in `Item::fields`
  std::string shown = {};                ///< what messages call a folder or an archive; empty: its path
};

/// Reads captions from a file, or from files next to the images in a folder or an archive. The format is
/// detected from the content. Ids and images are as given, or empty (`pair_images` and `match` fill them in).
/// Throws InputError that names file, item and field; UsageError if there is no such format.
Captions read_captions(const std::filesystem::path& path, const CaptionsReading& reading = {});

/// A format of captions.
struct CaptionsFormat {
  std::string_view name;
  std::string_view what;  ///< what it looks like
};
/// All of them, in the order in which a file is tried.
std::vector<CaptionsFormat> captions_formats();

/// What came of a references file.
struct AddedReferences {
  std::filesystem::path path;
  std::string sha256;       ///< of the file
  std::size_t unknown = 0;  ///< of its image ids, how many no item has
};

/// Adds the references of `{"image id": ["…"]}` (or of a COCO captions file, where all captions of an image
/// are references) to the items with those images; ids match with or without their extension. Throws
/// InputError, also where no item has any of them.
AddedReferences add_references(Captions& captions, const std::filesystem::path& path);

}  // namespace tise::data
