#include "tise/base/fields.h"

#include <cstdint>
#include <cstdlib>

#include "tise/base/concat.h"
#include "tise/base/json_text.h"

namespace tise {
namespace {

/// For messages: a number itself, the type of any other value.
template <typename Json>
std::string found_instead(const Json& value) {
  return value.is_number() ? json_text(value) : type_in_words(value);
}

}  // namespace

std::string choice_of(FieldNames names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    text += concat('"', names[i], '"');
  }
  return text;
}

template <typename Json>
std::string BasicField<Json>::text() const {
  if (!value_->is_string()) must_be("a string");
  return value_->template get<std::string>();
}

template <typename Json>
std::string BasicField<Json>::label() const {
  return value_->is_number_integer() ? json_text(*value_) : text();
}

template <typename Json>
std::vector<std::string> BasicField<Json>::texts() const {
  return list<std::string>("strings", &Json::is_string);
}

template <typename Json>
double BasicField<Json>::number() const {
  if (!value_->is_number()) must_be("a number");
  return value_->template get<double>();
}

template <typename Json>
double BasicField<Json>::positive() const {
  if (!value_->is_number() || value_->template get<double>() <= 0) {
    fail("must be a number above 0, is " + found_instead(*value_));
  }
  return value_->template get<double>();
}

template <typename Json>
std::vector<double> BasicField<Json>::numbers() const {
  return list<double>("numbers", &Json::is_number);
}

template <typename Json>
int BasicField<Json>::integer(int least, int most) const {
  if (!value_->is_number_integer()) fail("must be a whole number, is " + found_instead(*value_));
  const auto number = value_->template get<std::int64_t>();
  if (number < least || number > most) {
    fail(concat("must be ", least, " to ", most, ", is ", json_text(*value_)));
  }
  return static_cast<int>(number);
}

template <typename Json>
BasicFields<Json> BasicField<Json>::object(std::string_view what) const {
  if (!value_->is_object()) must_be(what);
  return {*value_, owner_->refuse_, concat(owner_->prefix_, name_, ".")};
}

template <typename Json>
std::vector<BasicFields<Json>> BasicField<Json>::objects() const {
  if (!value_->is_array()) must_be("a list of objects");
  std::vector<BasicFields<Json>> objects;
  for (const Json& element : *value_) {
    if (!element.is_object()) fail(concat("must be a list of objects, has ", type_in_words(element)));
    objects.push_back({element, owner_->refuse_, concat(owner_->prefix_, name_, "[", objects.size(), "].")});
  }
  return objects;
}

template <typename Json>
void BasicField<Json>::fail(const std::string& why) const {
  owner_->fail(owner_->quoted(name_) + " " + why);
}

template <typename Json>
void BasicField<Json>::must_be(std::string_view what) const {
  fail(concat("must be ", what, ", is ", type_in_words(*value_)));
}

template <typename Json>
template <typename Value>
std::vector<Value> BasicField<Json>::list(std::string_view of_what,
                                          bool (Json::*is_one)() const noexcept) const {
  if (!value_->is_array()) must_be(concat("a list of ", of_what));
  for (const Json& element : *value_) {
    if (!(element.*is_one)()) fail(concat("must be a list of ", of_what, ", has ", type_in_words(element)));
  }
  return value_->template get<std::vector<Value>>();
}

template <typename Json>
BasicFields<Json>::BasicFields(const Json& object, Refuse refuse)
    : BasicFields(object, std::move(refuse), "") {
  if (!object.is_object()) fail("must be an object, is " + type_in_words(object));
}

template <typename Json>
std::optional<BasicField<Json>> BasicFields<Json>::find(FieldNames names) const {
  std::optional<Field> found;
  for (const std::string_view name : names) {
    const auto at = object_->find(name);
    if (at == object_->end() || at->is_null()) continue;
    if (found)
      fail(concat("has both ", quoted(found->name()), " and ", quoted(name), ", which mean the same"));
    found = Field(*this, name, *at);
  }
  return found;
}

template <typename Json>
BasicField<Json> BasicFields<Json>::at(std::string_view name) const {
  const std::optional<Field> field = find(name);
  if (!field) fail("has no " + quoted(name));
  return *field;
}

template <typename Json>
std::vector<BasicField<Json>> BasicFields<Json>::all() const {
  std::vector<Field> fields;
  for (const auto& [name, value] : object_->items()) fields.push_back(Field(*this, name, value));
  return fields;
}

template <typename Json>
void BasicFields<Json>::fail(const std::string& why) const {
  refuse_(why);
  std::abort();  // it throws
}

template <typename Json>
std::string BasicFields<Json>::quoted(std::string_view name) const {
  return concat('"', prefix_, name, '"');
}

template class BasicField<nlohmann::json>;
template class BasicField<nlohmann::ordered_json>;
template class BasicFields<nlohmann::json>;
template class BasicFields<nlohmann::ordered_json>;

}  // namespace tise
