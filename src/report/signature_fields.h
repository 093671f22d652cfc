#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tise::report {

/// A field of signatures: what it says, and whose numbers it moves. All of it follows from the metrics' own
/// descriptions, but for the few fields that every run has.
struct SignatureField {
  std::string key;
  std::string_view meaning;      ///< in a few words
  std::string_view explanation;  ///< in a sentence or two
  bool is_network = false;       ///< whether the value is an archive's name and hash
  /// The metrics that it moves: `FID`, `FID@other`, `FID@*` for FID by whatever archive.
  std::vector<std::string> metrics = {};

  /// Whether runs must agree on it for this metric, such as `FID` or `FID@other`, to be comparable.
  bool moves(std::string_view metric) const;
};

/// By key; nothing if this version has no such field.
std::optional<SignatureField> find_signature_field(std::string_view key);

struct KeyValue {
  std::string_view key;
  std::string_view value;  ///< still percent-encoded
};

/// The fields of a signature, in its order. What lacks a colon is a key without a value.
std::vector<KeyValue> split_signature(std::string_view signature);

/// The same, with what choices are that a signature leaves out, such as `transform`: `none`.
std::vector<KeyValue> fields_with_fallbacks(std::string_view signature);

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
