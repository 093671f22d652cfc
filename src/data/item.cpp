#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <stdexcept>

#include "records.h"
#include "tise/base/concat.h"
#include "tise/base/json.h"
#include "tise/base/json_text.h"
#include "tise/base/names.h"
#include "tise/base/utf8.h"

namespace tise::data {
namespace {

constexpr std::array<FieldNames, 11> kFields{kImageNames.own(), kCaptionNames.own(), kIdNames,
                                             kReferencesNames,  kOppositeNames,      kPositionNames,
                                             kCountsNames,      kObjectsNames,       kDistractorsNames,
                                             kClusterNames,     kMetricsNames};

/// Whether a key is one of the names with typos: at most one for every four letters, and at most two.
bool is_nearly(std::string_view key, FieldNames names) {
  constexpr std::size_t kMostSlips = 2;
  std::string lower(key);
  std::ranges::transform(lower, lower.begin(), lower_case);
  return std::ranges::any_of(names, [&](std::string_view name) {
    return edit_distance(lower, name) <= std::min((name.size() + 1) / 4, kMostSlips);
  });
}

bool is_one_of_ours(std::string_view key) {
  return std::ranges::any_of(kFields, [&](FieldNames names) { return is_one_of(key, names); });
}

bool has_one_of(const nlohmann::json& object, FieldNames names) {
  return std::ranges::any_of(names, [&](std::string_view name) {
    const auto found = object.find(name);
    return found != object.end() && !found->is_null();
  });
}

/// Refuses an item without an image if a second field may be its caption: it is unknown which one the images
/// were made from.
void refuse_second_caption(const Fields& fields, const Field& caption, const Names& names) {
  for (const std::string_view name : names.all) {
    const auto other = find_named(fields, {{&name, 1}});
    if (!other || other->name() == caption.name() || !other->json().is_string()) continue;
    if (!caption.json().is_string() || other->text() == caption.text()) continue;
    fields.fail(concat("both \"", caption.name(), "\" (", excerpt(caption.text(), 40), ") and \"",
                       other->name(), "\" (", excerpt(other->text(), 40),
                       ") may be its caption; choose with --caption-field ", caption.name(),
                       " or --caption-field ", other->name()));
  }
}

/// The field that an unknown key may be a misspelling of: one that the object does not have.
std::string meant_by(std::string_view key, const nlohmann::json& object) {
  for (const FieldNames names : kFields) {
    if (is_nearly(key, names) && !has_one_of(object, names)) return std::string(names.front());
  }
  return "";
}

/// For a message about a missing field: `, but a field "captoin"; did you mean "caption"?`, or nothing.
std::string near_miss(const nlohmann::json& object, FieldNames names) {
  for (const auto& [key, value] : object.items()) {
    if (!is_one_of_ours(key) && is_nearly(key, names))
      return concat(", but a field \"", key, "\"; did you mean \"", names.front(), "\"?");
  }
  return "";
}

/// Numbers of 0 or more by label.
std::map<std::string, double> amounts(const Field& field) {
  constexpr double kMost = 1e6;
  std::map<std::string, double> amounts;
  const Fields labels = field.object("an object of numbers");
  for (const Field& label : labels.all()) {
    const double amount = label.number();
    if (amount < 0) label.fail("must be 0 or more, is " + json_text(label.json()));
    if (amount > kMost) label.fail("must be at most a million, is " + json_text(label.json()));
    amounts.emplace(label.name(), amount);
  }
  return amounts;
}

/// Writes whole numbers without a decimal point.
nlohmann::ordered_json counts_json(const std::map<std::string, double>& counts) {
  constexpr double kExact = 1e15;
  using Json = nlohmann::ordered_json;
  Json json = Json::object();
  for (const auto& [label, number] : counts) {
    const bool whole = number == std::floor(number) && std::abs(number) < kExact;
    json[label] = whole ? Json(static_cast<std::int64_t>(number)) : Json(number);
  }
  return json;
}

}  // namespace

const std::string* Item::field(std::string_view name) const {
  const auto found =
      std::ranges::find_if(fields, [&](const Named& one) { return same_ignoring_case(one.name, name); });
  return found == fields.end() ? nullptr : &found->text;
}

Fields item_fields(const Source& source, const std::string& where, const nlohmann::json& object) {
  return {object, [&source, where, &object](const std::string& why) {
            for (const std::string_view name : kCaptionWords) {
              if (!object.is_object()) break;
              const auto caption = object.find(name);
              if (caption == object.end() || !caption->is_string()) continue;
              fail(source, concat(where, " (", excerpt(caption->get_ref<const std::string&>()), ")"), why);
            }
            fail(source, where, why);
          }};
}

bool is_one_of(std::string_view name, FieldNames names) {
  return std::ranges::find(names, name) != names.end();
}

bool Names::has(std::string_view name) const { return has_ignoring_case(all, name); }

std::optional<Field> find_named(const Fields& fields, const Names& names) {
  if (auto own = fields.find(names.own())) return own;
  for (const std::string_view name : names.all) {
    if (auto exact = fields.find(name)) return exact;
    for (const auto& [key, value] : fields.json().items()) {
      if (!value.is_null() && same_ignoring_case(key, name)) return fields.at(key);
    }
  }
  return std::nullopt;
}

std::optional<Field> caption_field(const Fields& fields, const Names& names) {
  auto found = find_named(fields, names);
  if (!found || found->json().is_string()) return found;
  // A list next to a text is something else, such as the words that the image should show.
  for (const std::string_view name : names.all) {
    auto text = find_named(fields, {{&name, 1}});
    if (text && text->json().is_string()) return text;
  }
  return found;
}

Item read_item(const Source& source, const std::string& where, const nlohmann::json& object,
               const ItemReading& reading) {
  const Fields fields = item_fields(source, where, object);
  auto image = find_named(fields, kImageNames);
  if (image && !is_one_of(image->name(), kImageNames.own()) && image->json() == "") image.reset();
  const auto caption = caption_field(fields, reading.captions);
  const auto has_no = [&](const char* what, const Names& names) {
    fields.fail(concat("has no ", what, " (", choice_of(names.own()), ")", near_miss(object, names.own())));
  };
  if (!caption) has_no("caption", reading.captions);
  if (!image) refuse_second_caption(fields, *caption, reading.captions);
  if (!image && !near_miss(object, kImageNames.own()).empty()) has_no("image", kImageNames);

  Item item;
  if (image) item.image = image->label();
  if (image && item.image.empty()) fields.fail("its image is an empty string");
  item.id = fields.get(kIdNames, &Field::label).value_or("");
  item.references = fields.get(kReferencesNames, &Field::texts).value_or(std::vector<std::string>());
  if (caption->json().is_array()) {  // as in Karpathy's files: all captions of an image; the first is ours
    std::vector<std::string> all = caption->texts();
    if (all.empty()) caption->fail("is an empty list");
    item.caption = std::move(all.front());
    item.references.insert(item.references.begin(), std::make_move_iterator(all.begin() + 1),
                           std::make_move_iterator(all.end()));
  } else {
    item.caption = caption->text();
  }
  item.opposite = fields.get(kOppositeNames, &Field::text);
  item.position = fields.get(kPositionNames, &Field::text);
  item.counts = fields.get(kCountsNames, &amounts);
  item.objects = fields.get(kObjectsNames, &Field::texts);
  item.distractors = fields.get(kDistractorsNames, &Field::texts).value_or(std::vector<std::string>());
  item.cluster = fields.get(kClusterNames, &Field::label);
  item.metrics = fields.get(kMetricsNames, &Field::texts);
  item.where = where;
  for (const Field& field : fields.all()) {
    const bool is_naming = has_ignoring_case(kNamingWords, field.name());
    if (!is_naming && !has_ignoring_case(reading.kept, field.name())) continue;
    const nlohmann::json& value = field.json();
    if (value.is_string() || value.is_number() || value.is_boolean())
      item.fields.push_back({std::string(field.name()), value.is_string() ? field.text() : json_text(value)});
  }
  return item;
}

void note_unknown(std::map<std::string, UnknownField>& unknown, const nlohmann::json& object,
                  const ItemReading& reading) {
  const Fields fields(object, [](const std::string& why) { throw std::logic_error(why); });
  const auto image = find_named(fields, kImageNames);
  const auto caption = caption_field(fields, reading.captions);
  for (const auto& [key, value] : object.items()) {
    const bool is_read = (image && key == image->name()) || (caption && key == caption->name()) ||
                         is_one_of_ours(key) || (!image && has_ignoring_case(kNamingWords, key)) ||
                         has_ignoring_case(reading.kept, key);
    if (value.is_null() || is_read) continue;
    UnknownField& field = unknown[key];
    field.name = key;
    ++field.items;
    if (field.meant.empty()) field.meant = meant_by(key, object);
  }
}

std::string json_line(const Item& item, std::string_view image) {
  nlohmann::ordered_json json;
  if (image.empty()) {
    for (const Named& field : item.fields) json[field.name] = field.text;  // for finding images
  }
  if (!item.id.empty()) json["id"] = item.id;
  if (!image.empty()) json["image"] = image;
  json["caption"] = item.caption;
  if (item.position) json["position"] = *item.position;
  if (item.opposite) json["opposite"] = *item.opposite;
  if (item.counts) json["counts"] = counts_json(*item.counts);
  if (item.objects) json["objects"] = *item.objects;
  if (!item.references.empty()) json["references"] = item.references;
  if (!item.distractors.empty()) json["distractors"] = item.distractors;
  if (item.cluster) json["cluster"] = *item.cluster;
  if (item.metrics) json["metrics"] = *item.metrics;
  if (!image.empty()) {
    for (const Named& field : item.fields) json["fields"][field.name] = field.text;
  }
  return json_text(json);
}

Item read_json_line(std::string_view line, const std::filesystem::path& file) {
  const Source source{"stored captions", file, {}, {}};
  try {
    const auto object = json_or_discarded(line);
    if (!object.is_object()) fail(source, "has an item that is not a JSON object");
    Item item = read_item(source, "an item", object);
    item.fields.clear();
    const Fields all = fields_of(source, "an item", object);
    if (const auto fields = all.find("fields")) {
      const Fields named = fields->object();
      for (const Field& field : named.all()) item.fields.push_back({std::string(field.name()), field.text()});
    }
    return item;
  } catch (const NestedTooDeep& error) {
    fail(source, "an item", error.what());
  }
}

}  // namespace tise::data
