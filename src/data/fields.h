#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tise/data/source.h"

namespace tise::data {

/// The names that one field may have; the first is ours.
using Names = std::span<const std::string_view>;

/// Typed access to the fields of one item. A field that is absent or null is nullopt; one of the wrong type,
/// or one given under two of its names, throws InputError that names file, item and field.
class Fields {
 public:
  Fields(const Source& source, std::string where, const nlohmann::json& object);

  std::optional<std::string> text(Names names) const;
  std::optional<std::string> label(Names names) const;  ///< a string, or an integer as its digits
  std::optional<std::vector<std::string>> texts(Names names) const;
  std::optional<std::map<std::string, double>> amounts(Names names) const;  ///< numbers from 0 up
  [[noreturn]] void fail(const std::string& why) const;

 private:
  struct Field {
    std::string_view name;
    const nlohmann::json* value;
  };
  std::optional<Field> find(Names names) const;
  [[noreturn]] void wrong_type(const Field& field, const std::string& expected) const;

  const Source& source_;
  std::string where_;
  const nlohmann::json& object_;
};

bool is_one_of(std::string_view name, Names names);

/// `"image", "file_name" or "caption_id"`.
std::string listed(Names names);

}  // namespace tise::data
