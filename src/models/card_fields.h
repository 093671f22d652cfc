#pragma once

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tise/base/error.h"
#include "tise/base/json_text.h"
#include "tise/models/card.h"

namespace tise::models {

/// Reads the fields of one JSON object of a card; whatever is wrong with one is a ModelError that names it.
class CardFields {
 public:
  using Json = nlohmann::ordered_json;

  CardFields(const Json& object, std::string where, std::string prefix = "")
      : object_(object), where_(std::move(where)), prefix_(std::move(prefix)) {}

  [[noreturn]] void fail(const std::string& field, const std::string& why) const {
    throw ModelError(where_ + ": \"" + prefix_ + field + "\" " + why);
  }

  /// The field's value, or null where it is absent or null.
  const Json* find(const std::string& field) const {
    const auto found = object_.find(field);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }

  const Json& at(const std::string& field) const {
    const Json* value = find(field);
    if (value == nullptr) fail(field, "is missing");
    return *value;
  }

  std::string text(const std::string& field) const {
    const Json& value = at(field);
    if (!value.is_string() || value.get_ref<const std::string&>().empty()) fail(field, "is not a text");
    return value.get<std::string>();
  }

  int integer(const std::string& field, int least, int most) const {
    const Json& value = at(field);
    if (!value.is_number_integer()) fail(field, "is not a whole number");
    const auto number = value.get<std::int64_t>();
    if (number < least || number > most) {
      fail(field,
           "is " + json_text(value) + ", not " + std::to_string(least) + " to " + std::to_string(most));
    }
    return static_cast<int>(number);
  }

  /// A size of rows or of texts.
  int dimension(const std::string& field, int least = 1) const { return integer(field, least, 1 << 20); }

  double positive(const std::string& field) const {
    const Json& value = at(field);
    if (!value.is_number() || !std::isfinite(value.get<double>()) || value.get<double>() <= 0) {
      fail(field, "is not a number above 0");
    }
    return value.get<double>();
  }

  std::vector<double> numbers(const std::string& field) const {
    return list<double>(field, "numbers", &Json::is_number);
  }

  std::vector<std::string> texts(const std::string& field) const {
    return list<std::string>(field, "texts", &Json::is_string);
  }

  /// The fields of an object within this one.
  CardFields object(const std::string& field) const {
    const Json& value = at(field);
    if (!value.is_object()) fail(field, "is not an object");
    return {value, where_, prefix_ + field + "."};
  }

  const Json& json() const { return object_; }

 private:
  template <typename Value>
  std::vector<Value> list(const std::string& field, const std::string& of_what,
                          bool (Json::*is_one)() const noexcept) const {
    const Json& values = at(field);
    const auto is_value = [&](const Json& value) { return (value.*is_one)(); };
    if (!values.is_array() || !std::ranges::all_of(values, is_value)) {
      fail(field, "is not a list of " + of_what);
    }
    return values.get<std::vector<Value>>();
  }

  const Json& object_;
  std::string where_;
  std::string prefix_;
};

/// The labels and synonyms of a kind that names what it sees.
void read_labels(const CardFields& fields, Card& card);

}  // namespace tise::models
