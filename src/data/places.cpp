#include "places.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_set>

#include "image_names.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/base/names.h"
#include "tise/base/paths.h"
#include "tise/base/utf8.h"
#include "tise/data/images.h"

namespace tise::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRole = "captions";

/// The maximum size of a file next to an image, in bytes.
constexpr std::size_t kLongestText = std::size_t{16} << 20U;

/// `a/b` for `a/b.txt`: what a text and its image have in common.
std::string without_extension(const std::string& text) {
  return text.substr(0, text.size() - extension_of(text).size() - 1);
}

Source read_sidecar(const ImageFile& text) {
  const std::vector<std::uint8_t> bytes = read_image(text, kRole, kLongestText);
  return source_of(text.path, kRole, std::string(bytes.begin(), bytes.end()));
}

/// The text and the JSON next to an image, or the JSON of one of GenEval's folders.
struct Sidecars {
  std::optional<std::string> text;
  nlohmann::json fields;  ///< null if there are none
  std::string where;      ///< for messages: the path of the file read last
};

class PlaceReader {
 public:
  PlaceReader(const fs::path& place, const CaptionsReading& reading)
      : place_(reading.shown.empty() ? place : fs::path(reading.shown)),
        how_(reading),
        listed_(list_images_and_texts(place, kRole, reading.shown)) {
    captions_.path = place_;
    captions_.names_images = true;
    for (const ImageFile& image : listed_.images) stems_.insert(without_image_extension(image.name));
  }

  Captions read() {
    // In the archives' order, which is fastest.
    for (const ImageFile* text : in_reading_order(listed_.texts)) sort(*text);
    if (!geneval_.empty()) {
      take_all("geneval", "GenEval's folders", geneval_);
    } else if (sidecars_.empty()) {
      take_names();
    } else if (stems_.empty()) {
      take_all("prompts", "text files, one caption each", sidecars_);
    } else {
      take_all("sidecars", "files next to the images", sidecars_);
    }
    captions_.sha256 = sha256_hex(hashed_);
    if (several_lines_ > 0) {
      captions_.notices.push_back(concat("captions ", place_.string(), ": ", counted(several_lines_, "text"),
                                         several_lines_ == 1 ? " has" : " have",
                                         " several lines; each text is read as one caption"));
    }
    return std::move(captions_);
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw InputError(concat(kRole, " ", place_.string(), ": ", why));
  }

  /// Reads a file if it belongs to an image, or to one of GenEval's folders.
  void sort(const ImageFile& file) {
    const std::string_view end = extension_of(file.name);
    const bool is_plain = same_ignoring_case(end, "txt") || same_ignoring_case(end, "caption");
    if (last_part(file.name) == "metadata.jsonl" && file.name.find('/') != std::string::npos) {
      const std::string folder = file.name.substr(0, file.name.rfind('/'));
      geneval_[folder] = {std::nullopt, fields_in(read_sidecar(file)), file.path};
      return;
    }
    const std::string stem = without_extension(file.name);
    if (stems_.empty() ? !is_plain : !stems_.contains(stem)) return;
    const Source source = read_sidecar(file);
    Sidecars& sidecars = sidecars_[stem];
    if (is_plain) {
      const std::string text(trimmed(source.text));
      if (sidecars.text && *sidecars.text != text) {
        fail(source, concat("contains ", excerpt(text, 40), ", but ", sidecars.where, " contains ",
                            excerpt(*sidecars.text, 40), "; remove one of them"));
      }
      sidecars.text = text;
      if (text.find('\n') != std::string::npos) ++several_lines_;
    } else {
      nlohmann::json fields = fields_in(source);
      if (!sidecars.fields.is_null() && sidecars.fields != fields)
        fail(source, concat("differs from ", sidecars.where, "; remove one of them"));
      sidecars.fields = std::move(fields);
    }
    sidecars.where = file.path;
  }

  /// Parses a file as a JSON object.
  static nlohmann::json fields_in(const Source& source) {
    const Parsed parsed = try_parse_json(source, source.text);
    if (!parsed.document && std::ranges::count(trimmed(source.text), '\n') > 0 &&
        source.text.starts_with('{')) {
      fail(source,
           concat(parsed.error, " (pass a file with many items to --captions, and its folder to --images)"));
    }
    if (!parsed.document) fail(source, parsed.error);
    if (!parsed.document->root.is_object())
      fail(source, "must be a JSON object, is " + type_in_words(parsed.document->root));
    return parsed.document->root;
  }

  void take_all(const char* format, const char* title, std::map<std::string, Sidecars>& all) {
    captions_.format = format;
    captions_.title = title;
    std::map<std::string, UnknownField> unknown;
    for (auto& [stem, sidecars] : all) {
      const Source source{kRole, sidecars.where, {}, {}};
      nlohmann::json record =
          sidecars.fields.is_null() ? nlohmann::json::object() : std::move(sidecars.fields);
      if (sidecars.text) put_text(source, record, sidecars);
      for (const std::string_view name : kImageNames.all) record.erase(std::string(name));
      record[std::string(kImageNames.all.front())] = stem;
      Item item = read_item(source, "", record, how_.reading);
      item.id.clear();  // such an id names the image in its original data set
      item.where = sidecars.where;
      note_unknown(unknown, record, how_.reading);
      hashed_.append(stem).append(1, '\0').append(item.caption).append(1, '\0');
      captions_.items.push_back(std::move(item));
    }
    for (auto& [name, field] : unknown) captions_.unknown_fields.push_back(std::move(field));
  }

  /// Makes the text the record's caption. If the record has a caption already, it must be the same.
  void put_text(const Source& source, nlohmann::json& record, const Sidecars& sidecars) const {
    std::string name(how_.reading.captions.all.front());
    if (const auto caption = caption_field(item_fields(source, "", record), how_.reading.captions)) {
      name = caption->name();
      const std::string said =
          caption->json().is_string() ? std::string(trimmed(caption->text())) : *sidecars.text;
      if (said != *sidecars.text) {
        fail(source, concat("contains ", excerpt(*sidecars.text, 40), ", but \"", name,
                            "\" in the .json next to it is ", excerpt(said, 40), "; remove one of them"));
      }
    }
    record[name] = *sidecars.text;
  }

  /// Reads prompts from the images' names: `a red dog_000007.png`.
  void take_names() {
    if (listed_.images.empty()) refuse("no captions found: it contains neither text files nor images");
    captions_.format = "names";
    captions_.title = "prompts in the names of images";
    std::size_t cut = 0;
    for (const ImageFile& image : listed_.images) {
      const std::string name = without_image_extension(std::string(last_part(image.name)));
      const std::size_t mark = name.rfind('_');
      const bool has_number = mark != std::string::npos && mark + 1 < name.size() &&
                              name.find_first_not_of(kDigits, mark + 1) == std::string::npos;
      const std::string prompt = has_number ? name.substr(0, mark) : name;
      if (prompt.find(' ') == std::string::npos) {
        refuse(concat("no captions found: no image has a text file next to it, and ", excerpt(image.name, 60),
                      " has no prompt in its name, unlike \"a red dog_000007.png\""));
      }
      if (last_part(image.name).size() >= kLongestName) ++cut;
      Item& item = captions_.items.emplace_back();
      item.image = image.name;
      item.caption = prompt;
      item.where = image.name;
      hashed_.append(image.name).append(1, '\0');
    }
    if (cut > 0) {
      captions_.notices.push_back(concat("captions ", place_.string(), ": ", counted(cut, "name"),
                                         cut == 1 ? " has" : " have", " the maximum length of ", kLongestName,
                                         " bytes; ", cut == 1 ? "its prompt" : "their prompts",
                                         " may be cut off"));
    }
  }

  fs::path place_;
  CaptionFields how_;
  ListedImages listed_;
  Captions captions_;
  std::unordered_set<std::string> stems_;     ///< the images' names without extensions
  std::map<std::string, Sidecars> sidecars_;  ///< by the image's stem
  std::map<std::string, Sidecars> geneval_;   ///< by folder
  std::size_t several_lines_ = 0;
  std::string hashed_;
};

/// The file at the top of Hugging Face's imagefolder that has its captions; nullopt if it is missing.
std::optional<fs::path> imagefolder_file(const fs::path& place) {
  if (!is_folder(place, kRole)) return std::nullopt;
  for (const char* name : {"metadata.jsonl", "metadata.csv"}) {
    if (is_file(place / name, kRole)) return place / name;
  }
  return std::nullopt;
}

}  // namespace

bool is_place(const fs::path& path, const std::string& role) {
  if (path == kStandardStream) return false;
  if (exists(path, role)) return is_folder(path, role) || is_archive_name(path.string());
  return shards_of(path.string()).size() > 1;
}

Captions read_place(const fs::path& place, const CaptionsReading& reading) {
  if (const auto file = imagefolder_file(place)) return read_captions_file(*file, reading);
  if (!reading.format.empty()) {
    throw UsageError(concat("--captions-format ", reading.format,
                            ": applies to a file, not to the folder or archive ", place.string()));
  }
  return PlaceReader(place, reading).read();
}

}  // namespace tise::data
