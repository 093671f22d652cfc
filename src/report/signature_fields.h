#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace tise::report {

/// A field of signatures: what it says, and whose numbers it moves.
struct SignatureField {
  std::string_view key;
  std::string_view meaning;                  ///< in a few words
  std::string_view explanation;              ///< in a sentence or two
  std::array<std::string_view, 12> metrics;  ///< that it moves; none: runs needn't agree on it

  bool moves(std::string_view metric) const;
};

/// By key; `clip.input` is `clip`'s. Null where this version has no such field.
const SignatureField* find_signature_field(std::string_view key);

struct KeyValue {
  std::string_view key;
  std::string_view value;  ///< still percent-encoded
};

/// The fields of a signature, in its order. What lacks a colon is a key without a value.
std::vector<KeyValue> split_signature(std::string_view signature);

/// A value as it stands in a signature: `%`, `|` and control characters percent-encoded.
std::string encode_value(std::string_view value);
std::string decode_value(std::string_view value);

/// A field of a signature in words.
struct ExplainedField {
  std::string key;
  std::string value;  ///< decoded
  std::vector<std::string>
      lines;  ///< what it is, which of the report's metrics it moves, what the value says
};
std::vector<ExplainedField> explained_fields(std::string_view signature);

}  // namespace tise::report
