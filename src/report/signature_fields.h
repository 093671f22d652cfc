#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tise::report {

/// A field of signatures: its meaning and the metrics that it affects. Everything is derived from the
/// metrics' own descriptions, except the few fields that every run has.
struct SignatureField {
  std::string key;
  std::string_view meaning;      ///< in a few words
  std::string_view explanation;  ///< in a sentence or two
  bool is_network = false;       ///< whether the value is an archive's name and hash
  /// What a value means, in sentences; null if that is clear from the explanation.
  std::vector<std::string> (*explain)(std::string_view value) = nullptr;
  /// The metrics that it affects: `FID`, `FID@other`, or `FID@*` for FID with any archive.
  std::vector<std::string> metrics = {};

  /// Whether runs must agree on it for this metric, such as `FID` or `FID@other`, to be comparable.
  bool moves(std::string_view metric) const;
};

/// The field with this key; nullopt if this version has none.
std::optional<SignatureField> find_signature_field(std::string_view key);

struct KeyValue {
  std::string_view key;
  std::string_view value;  ///< still percent-encoded
};

/// The fields of a signature, in its order. A field without a colon is a key with an empty value.
std::vector<KeyValue> split_signature(std::string_view signature);

/// The same, plus the fallbacks of choices that the signature leaves out, such as `transform`: `none`.
std::vector<KeyValue> fields_with_fallbacks(std::string_view signature);

/// A value as written in a signature: `%`, `|` and control characters are percent-encoded.
std::string encode_value(std::string_view value);
std::string decode_value(std::string_view value);

/// A field of a signature in words.
struct ExplainedField {
  std::string key;
  std::string value;  ///< decoded
  std::vector<std::string>
      lines;  ///< its meaning, which of the report's metrics it affects, and what the value means
};
std::vector<ExplainedField> explained_fields(std::string_view signature);

}  // namespace tise::report
