#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tise::data {

/// A pattern that names follow: text, fields in braces, `*` for any text. `{index}`, `{number}` and `{k}` are
/// numbers; `{index:05}` is one with zeros before it up to five digits.
class NamePattern {
 public:
  /// Throws UsageError.
  explicit NamePattern(std::string text);

  /// The fields that decide, each once, in order: all but `k`.
  const std::vector<std::string>& fields() const { return fields_; }
  const std::string& text() const { return text_; }

  /// Calls `visit` with the values of `fields` in each way in which a name, without its extension, can follow
  /// the pattern, until it returns true. Returns whether it did.
  bool visit(std::string_view name,
             const std::function<bool(const std::vector<std::string_view>&)>& visit) const;

  /// The pattern with these values; what isn't known of a name is `*`.
  std::string filled(const std::vector<std::string>& values) const;

 private:
  struct Piece {
    enum class Kind { kText, kField, kNumber, kAny };
    Kind kind = Kind::kText;
    std::string text;        ///< or the field's name
    std::size_t digits = 0;  ///< of a number, with zeros; 0: as they come
    std::size_t field = 0;   ///< into `fields_`
    bool is_known = true;    ///< whether its value decides
  };
  struct Walk;

  void add_text(std::string_view text);
  void add_field(std::string_view inside);
  bool follows(std::string_view name, std::size_t piece, Walk& walk) const;

  std::string text_;
  std::vector<Piece> pieces_;
  std::vector<std::string> fields_;
};

}  // namespace tise::data
