#include "tise/data/captions.h"

#include <algorithm>

#include "forms.h"
#include "places.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"
#include "tise/base/utf8.h"
#include "tise/data/source.h"

namespace tise::data {
namespace {

const Form& form_named(const std::string& name) {
  std::vector<std::string_view> names;
  for (const Form* form : forms()) {
    if (form->name == name) return *form;
    names.push_back(form->name);
  }
  throw UsageError(concat("--captions-format: \"", name, "\" is not one of ", joined(names, "|"),
                          did_you_mean(name, names)));
}

/// Refuses items of which only some name an image: which images the others have is unknown.
void refuse_mixture(const Source& source, const std::vector<Item>& items) {
  const auto has_image = [](const Item& item) { return !item.image.empty(); };
  if (std::ranges::none_of(items, has_image) || std::ranges::all_of(items, has_image)) return;
  const Item& without = *std::ranges::find_if_not(items, has_image);
  const auto with = std::ranges::count_if(items, has_image);
  fail(source, without.where,
       concat("has no image (", choice_of(kImageNames.own()), "), but ", with, " of ",
              counted(items.size(), "item"), with == 1 ? " has one" : " have one",
              "; name an image in all items, or in none"));
}

}  // namespace

Captions read_captions_file(const std::filesystem::path& path, const CaptionsReading& reading) {
  const Source source = read_source(path, "captions");
  const CaptionFields how(reading);
  const Content content(source, how.reading.captions, true);
  const Form& form = reading.format.empty() ? form_of(content) : form_named(reading.format);
  Captions captions{.path = path, .format = std::string(form.name), .sha256 = source.sha256, .items = {}};
  captions.title = form.title;
  std::map<std::string, UnknownField> unknown;
  form.read(content, [&](const std::string& where, const nlohmann::json& record) {
    captions.items.push_back(read_item(source, where, record, how.reading));
    note_unknown(unknown, record, how.reading);
    if (form.has_fields && captions.field.empty()) {
      captions.field = caption_field(item_fields(source, where, record), how.reading.captions)->name();
    }
  });
  if (captions.items.empty()) fail(source, "has no captions");
  captions.names_images = !captions.items.front().image.empty();
  refuse_mixture(source, captions.items);
  for (auto& [name, field] : unknown) captions.unknown_fields.push_back(std::move(field));
  return captions;
}

Captions read_captions(const std::filesystem::path& path, const CaptionsReading& reading) {
  if (is_place(path, "captions")) return read_place(path, reading);
  return read_captions_file(path, reading);
}

std::vector<CaptionsFormat> captions_formats() {
  std::vector<CaptionsFormat> formats;
  for (const Form* form : forms()) formats.push_back({form->name, form->what});
  return formats;
}

}  // namespace tise::data
