#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tise::data {

/// A field's name and value.
struct Named {
  std::string name;
  std::string text;
};

/// One image/caption pair as the captions file states it, or a caption whose images are yet to be found.
struct Item {
  std::string id;  ///< as given; if empty, `match` fills it in
  std::string
      image;  ///< image id: a relative path, with or without extension; if empty, `pair_images` finds it
  std::string caption;  ///< as written; may be empty
  std::vector<std::string> references;
  std::optional<std::string> opposite;                  ///< the caption with the opposite positional word
  std::optional<std::string> position;                  ///< the positional word
  std::optional<std::map<std::string, double>> counts;  ///< class name to number
  std::optional<std::vector<std::string>> objects;      ///< class names that the caption mentions
  std::vector<std::string> distractors;                 ///< other captions for RP
  std::optional<std::string> cluster;               ///< items with the same label are statistically dependent
  std::optional<std::vector<std::string>> metrics;  ///< only these metrics use the item
  std::vector<Named> fields;                        ///< for finding images or splitting metrics
  std::string where;                                ///< for messages: `item 17`, `line 3`, `key "a/b"`

  /// The value of one of `fields`, ignoring the case of its name; null if the item has no such field.
  const std::string* field(std::string_view name) const;
};

/// An item as a line of our own format (JSON Lines), with `image` as its image.
std::string json_line(const Item& item, std::string_view image);
/// Reads a line written by `json_line`. Throws InputError that names `file`.
Item read_json_line(std::string_view line, const std::filesystem::path& file);

/// An unknown field of a captions file's items, which is not read.
struct UnknownField {
  std::string name;
  std::size_t items = 0;  ///< number of items that have it
  std::string meant;      ///< the field that it may be a misspelling of; empty if none is close
};

/// The contents of a captions file of any format.
struct Captions {
  std::string role = "captions";  ///< for messages
  std::filesystem::path path;
  std::string format;  ///< `map`, `coco`, `list`, `jsonl`, `csv`, … as in --captions-format
  std::string sha256;  ///< of the file; for a folder or archive, of the captions in it
  std::vector<Item> items;
  std::vector<UnknownField> unknown_fields = {};  ///< sorted by name
  std::string title = {};                         ///< the format in words: `TSV`
  std::string field = {};                         ///< the name of its caption field, if it has one: `Prompt`
  bool names_images = false;                      ///< whether items name their images
  std::vector<std::string> notices = {};          ///< messages for the user about it
};

/// How to read a captions file.
struct CaptionsReading {
  std::string format = {};               ///< as in --captions-format; empty: detected from the content
  std::string caption_field = {};        ///< the field with the captions; empty: the usual names
  std::vector<std::string> fields = {};  ///< fields to keep in `Item::fields`
  std::string shown = {};                ///< name of a folder or archive in messages; empty: its path
};

/// Reads captions from a file, or from files next to the images in a folder or an archive. Detects the
/// format from the content unless `reading` names it. Ids and images are as given, or empty (`pair_images`
/// and `match` fill them in). Throws InputError that names file, item and field; UsageError if the named
/// format does not exist.
Captions read_captions(const std::filesystem::path& path, const CaptionsReading& reading = {});

/// A format of captions.
struct CaptionsFormat {
  std::string_view name;
  std::string_view what;  ///< what it looks like
};
/// All formats, in the order in which they are tried.
std::vector<CaptionsFormat> captions_formats();

/// The result of reading a references file.
struct AddedReferences {
  std::filesystem::path path;
  std::string sha256;       ///< of the file
  std::size_t unknown = 0;  ///< number of its image ids that no item has
};

/// Adds references to the items with the same images. The file is `{"image id": ["…"]}`, or a COCO captions
/// file, of which all captions of an image are references. Ids match with or without their extension. Throws
/// InputError, also if no id matches an item.
AddedReferences add_references(Captions& captions, const std::filesystem::path& path);

}  // namespace tise::data
