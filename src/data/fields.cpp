#include <algorithm>

#include "records.h"
#include "tise/base/concat.h"
#include "tise/base/json_text.h"
#include "tise/base/utf8.h"
#include "tise/data/json_document.h"

namespace tise::data {
namespace {

std::string in_quotes(std::string_view name) { return concat('"', name, '"'); }

}  // namespace

Fields::Fields(const Source& source, std::string where, const nlohmann::json& object)
    : source_(source), where_(std::move(where)), object_(object) {
  if (!object.is_object()) data::fail(source, where_, "must be an object, is " + kind_of(object));
}

std::optional<Fields::Field> Fields::find(Names names) const {
  std::optional<Field> found;
  for (const std::string_view name : names) {
    const auto at = object_.find(name);
    if (at == object_.end() || at->is_null()) continue;
    if (found)
      fail("has both " + in_quotes(found->name) + " and " + in_quotes(name) + ", which mean the same");
    found = Field{name, &*at};
  }
  return found;
}

std::optional<std::string> Fields::text(Names names) const {
  const auto field = find(names);
  if (!field) return std::nullopt;
  if (!field->value->is_string()) wrong_type(*field, "a string");
  return field->value->get<std::string>();
}

std::optional<std::string> Fields::label(Names names) const {
  const auto field = find(names);
  if (field && field->value->is_number_integer()) return json_text(*field->value);
  return text(names);
}

std::optional<std::vector<std::string>> Fields::texts(Names names) const {
  const auto field = find(names);
  if (!field) return std::nullopt;
  if (!field->value->is_array()) wrong_type(*field, "a list of strings");
  std::vector<std::string> texts;
  texts.reserve(field->value->size());
  for (const nlohmann::json& element : *field->value) {
    if (!element.is_string())
      fail(in_quotes(field->name) + " must be a list of strings, has " + kind_of(element));
    texts.push_back(element.get<std::string>());
  }
  return texts;
}

std::optional<std::map<std::string, double>> Fields::amounts(Names names) const {
  const auto field = find(names);
  if (!field) return std::nullopt;
  if (!field->value->is_object()) wrong_type(*field, "an object of numbers");
  constexpr double kMost = 1e6;
  std::map<std::string, double> amounts;
  for (const auto& [key, value] : field->value->items()) {
    const std::string place = in_quotes(field->name) + ": " + in_quotes(key);
    if (!value.is_number()) fail(place + " must be a number, is " + kind_of(value));
    if (value.get<double>() < 0) fail(place + " must be 0 or more, is " + json_text(value));
    if (value.get<double>() > kMost) fail(place + " must be at most a million, is " + json_text(value));
    amounts[key] = value.get<double>();
  }
  return amounts;
}

void Fields::fail(const std::string& why) const {
  for (const std::string_view name : kCaptionNames) {
    const auto caption = object_.find(name);
    if (caption == object_.end() || !caption->is_string()) continue;
    data::fail(source_, where_ + " (" + excerpt(caption->get_ref<const std::string&>()) + ")", why);
  }
  data::fail(source_, where_, why);
}

void Fields::wrong_type(const Field& field, const std::string& expected) const {
  fail(in_quotes(field.name) + " must be " + expected + ", is " + kind_of(*field.value));
}

bool is_one_of(std::string_view name, Names names) { return std::ranges::find(names, name) != names.end(); }

std::string listed(Names names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    text += in_quotes(names[i]);
  }
  return text;
}

}  // namespace tise::data
