#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tise {

/// The type of a JSON value in words: `a string`, `a list`, …
template <typename Json>
std::string type_in_words(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_array()) return "a list";
  if (value.is_object()) return "an object";
  return std::string("a ") + value.type_name();
}

/// The names that a field may have; the first one is ours.
using FieldNames = std::span<const std::string_view>;

/// `"image", "file_name" or "caption_id"`.
std::string choice_of(FieldNames names);

template <typename Json>
class BasicFields;

/// A field of an object, not null. Each getter returns the value as its type and refuses a value of another
/// type or range: `"input.width" must be 1 to 4096, is 4097`.
template <typename Json>
class BasicField {
 public:
  std::string text() const;
  std::string label() const;  ///< a string, or an integer as its digits
  std::vector<std::string> texts() const;
  double number() const;
  double positive() const;
  std::vector<double> numbers() const;
  int integer(int least, int most) const;
  /// The nested object; messages name its fields `input.width`. `what` completes "must be".
  BasicFields<Json> object(std::string_view what = "an object") const;
  /// The objects in a list; messages name their fields `input.steps[0].size`.
  std::vector<BasicFields<Json>> objects() const;

  std::string_view name() const { return name_; }
  const Json& json() const { return *value_; }
  /// Refuses the object with the message `"name" why`.
  [[noreturn]] void fail(const std::string& why) const;

 private:
  friend class BasicFields<Json>;
  BasicField(const BasicFields<Json>& owner, std::string_view name, const Json& value)
      : owner_(&owner), name_(name), value_(&value) {}
  [[noreturn]] void must_be(std::string_view what) const;
  template <typename Value>
  std::vector<Value> list(std::string_view of_what, bool (Json::*is_one)() const noexcept) const;

  const BasicFields<Json>* owner_;
  std::string_view name_;
  const Json* value_;
};

/// Typed access to the fields of one JSON object. A field that is null counts as absent.
template <typename Json>
class BasicFields {
 public:
  using Field = BasicField<Json>;
  /// Throws an error that states where the object comes from and what is wrong with it.
  using Refuse = std::function<void(const std::string& why)>;

  /// Refuses a value that is not an object. The object must outlive this, and this must outlive its fields.
  BasicFields(const Json& object, Refuse refuse);

  /// Returns nullopt if the field is absent. Refuses an object that has it under two names. The names must
  /// outlive the field.
  std::optional<Field> find(FieldNames names) const;
  std::optional<Field> find(std::string_view name) const { return find({&name, 1}); }
  /// Refuses an object without this field.
  Field at(std::string_view name) const;
  /// Reads a field with a getter of Field, or with any function of a Field; nullopt if the field is absent:
  /// `fields.get("id", &Field::label)`.
  template <typename Names, typename Read>
  auto get(const Names& names, const Read& read) const {
    const std::optional<Field> field = find(names);
    return field ? std::optional(std::invoke(read, *field)) : std::nullopt;
  }
  /// All fields, including null ones.
  std::vector<Field> all() const;
  const Json& json() const { return *object_; }

  /// Refuses the object.
  [[noreturn]] void fail(const std::string& why) const;

 private:
  friend class BasicField<Json>;
  BasicFields(const Json& object, Refuse refuse, std::string prefix)
      : object_(&object), refuse_(std::move(refuse)), prefix_(std::move(prefix)) {}
  std::string quoted(std::string_view name) const;

  const Json* object_;
  Refuse refuse_;
  std::string prefix_;  ///< of field names in messages
};

extern template class BasicField<nlohmann::json>;
extern template class BasicField<nlohmann::ordered_json>;
extern template class BasicFields<nlohmann::json>;
extern template class BasicFields<nlohmann::ordered_json>;

using Field = BasicField<nlohmann::json>;
using Fields = BasicFields<nlohmann::json>;
using OrderedField = BasicField<nlohmann::ordered_json>;
using OrderedFields = BasicFields<nlohmann::ordered_json>;

}  // namespace tise
