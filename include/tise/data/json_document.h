#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tise/base/fields.h"
#include "tise/data/source.h"

namespace tise::data {

/// A parsed JSON text.
struct Document {
  nlohmann::json root;
  std::vector<std::string> keys;  ///< of the root if it is an object, in the file's order
};

/// A parsed JSON text, or why it is not JSON: `line 3, column 5: not JSON: unexpected end of input; expected
/// '}'`.
struct Parsed {
  std::optional<Document> document;
  std::string error;
};

using TakeElement = std::function<void(const nlohmann::json&)>;

/// Parses JSON that starts on line `line` of the source. Throws InputError if an object has a duplicate key,
/// since parsers silently keep one of the values. A text nested more than kDeepestJson deep
/// (tise/base/json.h) is an error like one that is not JSON. If `take` is given, it gets each element of the
/// root as it is read, and no element is kept.
Parsed try_parse_json(const Source& source, std::string_view text, std::size_t line = 1,
                      const TakeElement& take = {});

/// The same; throws InputError if the text is not JSON.
Document parse_json(const Source& source, std::string_view text, std::size_t line = 1);

/// Passes the elements of a list to `take`, with one in memory at a time. Throws InputError if the text is
/// not JSON, after passing the elements before the error.
void for_each_element(const Source& source, std::string_view list, const TakeElement& take);

/// The fields of an object in the source. Errors in them throw InputError, as by `fail`.
Fields fields_of(const Source& source, const std::string& where, const nlohmann::json& object);

}  // namespace tise::data
