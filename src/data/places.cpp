#include "places.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "image_archive.h"
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

using TakeText = std::function<void(const std::string& name, std::string text)>;

constexpr const char* kRole = "captions";

/// The longest that file systems take.
constexpr std::size_t kLongestName = 255;

std::string base_name(const std::string& name) { return name.substr(name.rfind('/') + 1); }

/// `a/b` of `a/b.txt`: what a text and its image have in common.
std::string stem_of(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string::npos || dot < name.rfind('/') + 1 ? name : name.substr(0, dot);
}

/// The texts of a place by the paths in it that images would have.
void for_each_text(const fs::path& place, const TakeText& take) {
  for (const std::string& path :
       exists(place, kRole) ? std::vector{place.string()} : shards_of(place.string())) {
    if (!is_folder(path, kRole)) {
      ImageArchive(path, kRole).for_each_text(take);
      continue;
    }
    std::vector<fs::path> archives;
    for (const fs::path& file : readable_files_below(path)) {
      const std::string name = file.lexically_relative(path).generic_string();
      const bool hidden =
          std::ranges::any_of(fs::path(name), [](const fs::path& part) { return is_hidden(part.string()); });
      if (hidden) continue;
      if (is_archive_name(name)) archives.push_back(file);
      if (is_sidecar_name(name)) take(name, read_text(file, kRole));
    }
    for (const fs::path& archive : archives) {
      const std::string folder = archive.parent_path().lexically_relative(path).generic_string();
      const std::string prefix = folder == "." ? "" : folder + "/";
      ImageArchive(archive, kRole).for_each_text([&](const std::string& name, std::string text) {
        take(prefix + name, std::move(text));
      });
    }
  }
}

/// A text as a source of its own, for messages.
Source source_of(const fs::path& place, const std::string& name, std::string text) {
  Source source{kRole, place / name, std::move(text), {}};
  if (const auto bad = first_invalid_utf8(source.text)) fail(source, concat("not UTF-8 at byte ", *bad));
  if (source.text.starts_with("\xEF\xBB\xBF")) source.text.erase(0, 3);
  return source;
}

/// What lies beside one image.
struct Beside {
  std::optional<std::string> text;
  nlohmann::json fields;  ///< null if there are none
  std::string where;
};

class PlaceReader {
 public:
  PlaceReader(const fs::path& place, const CaptionsReading& reading) : place_(place), how_(reading) {
    captions_.path = place;
    captions_.kept = reading.fields;
    for (const ImageFile& image : list_any_images(place, kRole).images) {
      images_.push_back(image.name);
      stems_.insert(stem_of(image.name));
    }
  }

  Captions read() {
    for_each_text(place_, [&](const std::string& name, std::string text) { sort(name, std::move(text)); });
    if (!geneval_.empty()) {
      take_all("geneval", "GenEval's folders", geneval_);
    } else if (!beside_.empty()) {
      take_all(images_.empty() ? "prompts" : "beside",
               images_.empty() ? "texts, a caption each" : "texts beside the images", beside_);
    } else {
      take_names();
    }
    if (captions_.sha256.empty()) captions_.sha256 = sha256_hex(hashed_);
    if (several_lines_ > 0) {
      captions_.notices.push_back(concat("captions ", place_.string(), ": ", counted(several_lines_, "text"),
                                         several_lines_ == 1 ? " has" : " have",
                                         " several lines, which are read as one caption"));
    }
    return std::move(captions_);
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw InputError(concat(kRole, " ", place_.string(), ": ", why));
  }

  /// Keeps what belongs to an image.
  void sort(const std::string& name, std::string text) {
    const std::string stem = stem_of(name);
    const bool is_plain = name.ends_with(".txt") || name.ends_with(".caption");
    if (base_name(name) == "metadata.jsonl" && name.find('/') != std::string::npos) {
      const std::string folder = name.substr(0, name.rfind('/'));
      geneval_[folder] = {std::nullopt, fields_in(name, std::move(text)), name};
      return;
    }
    const bool belongs = images_.empty() ? is_plain : stems_.contains(stem);
    if (!belongs) return;
    Beside& beside = beside_[stem];
    if (!is_plain) {
      beside.fields = fields_in(name, std::move(text));
      if (beside.where.empty()) beside.where = name;
      return;
    }
    const Source source = source_of(place_, name, std::move(text));
    beside.text = trimmed(source.text);
    beside.where = name;
    if (beside.text->find('\n') != std::string::npos) ++several_lines_;
  }

  /// The object that a text is.
  nlohmann::json fields_in(const std::string& name, std::string text) const {
    const Source source = source_of(place_, name, std::move(text));
    nlohmann::json object = parse_json(source, source.text).root;
    if (!object.is_object()) fail(source, "must be a JSON object, is " + type_in_words(object));
    return object;
  }

  void take_all(const char* format, const char* title, std::map<std::string, Beside>& all) {
    captions_.format = format;
    captions_.title = title;
    std::map<std::string, UnknownField> unknown;
    for (auto& [stem, beside] : all) {
      nlohmann::json record = std::move(beside.fields);
      const Source source{kRole, place_ / beside.where, {}, {}};
      if (beside.text) {
        check_agreement(source, record, *beside.text);
        if (record.is_null()) record = nlohmann::json::object();
        record[how_.reading.captions.all.front()] = *beside.text;
      }
      for (const std::string_view name : kImageNames.all) record.erase(std::string(name));
      record[kImageWords.front()] = stem;
      Item item = read_item(source, "", record, how_.reading);
      item.id.clear();  // of the image, in the set that it comes from
      item.where = beside.where;
      note_unknown(unknown, record, how_.reading);
      if (captions_.field.empty() && !beside.text)
        captions_.field = caption_field(item_fields(source, "", record), how_.reading.captions)->name();
      hashed_ += concat(stem, '\0', item.caption, '\0');
      captions_.items.push_back(std::move(item));
    }
    for (auto& [name, field] : unknown) captions_.unknown_fields.push_back(std::move(field));
  }

  /// A text and an object beside the same image say the same caption.
  void check_agreement(const Source& source, const nlohmann::json& record, const std::string& text) const {
    if (!record.is_object()) return;
    const auto caption = caption_field(item_fields(source, "", record), how_.reading.captions);
    if (!caption || !caption->json().is_string() || trimmed(caption->text()) == text) return;
    fail(source,
         concat("says ", excerpt(text, 40), ", but \"", caption->name(), "\" of the .json beside it says ",
                excerpt(caption->text(), 40), "; remove one of them"));
  }

  /// Prompts in the names: `a red dog_000007.png`.
  void take_names() {
    if (images_.empty()) refuse("no captions in it: neither texts nor images");
    captions_.format = "names";
    captions_.title = "prompts in the names of images";
    std::size_t cut = 0;
    for (const std::string& image : images_) {
      const std::string name = without_image_extension(base_name(image));
      const std::size_t mark = name.rfind('_');
      const bool has_number = mark != std::string::npos && mark + 1 < name.size() &&
                              name.find_first_not_of(kDigits, mark + 1) == std::string::npos;
      const std::string prompt = has_number ? name.substr(0, mark) : name;
      if (prompt.find(' ') == std::string::npos) {
        refuse(concat("no captions in it: no texts beside the images, and ", excerpt(image, 60),
                      " has no prompt in its name, as \"a red dog_000007.png\" has"));
      }
      if (base_name(image).size() >= kLongestName) ++cut;
      Item& item = captions_.items.emplace_back();
      item.image = image;
      item.caption = prompt;
      item.where = image;
      hashed_ += image + '\0';
    }
    if (cut > 0) {
      captions_.notices.push_back(concat("captions ", place_.string(), ": ", counted(cut, "name"),
                                         cut == 1 ? " is" : " are", " as long as a name can be (",
                                         kLongestName, " bytes): the prompt in it may be cut"));
    }
  }

  fs::path place_;
  CaptionFields how_;
  Captions captions_;
  std::vector<std::string> images_;
  std::set<std::string> stems_;
  std::map<std::string, Beside> beside_;   ///< by the image's stem
  std::map<std::string, Beside> geneval_;  ///< by folder
  std::size_t several_lines_ = 0;
  std::string hashed_;
};

/// Hugging Face's imagefolder has its captions in a file at the top.
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
                            ": of a file, not of the folder or archive ", place.string()));
  }
  return PlaceReader(place, reading).read();
}

}  // namespace tise::data
