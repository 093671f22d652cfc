#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tise::data {

/// The fields of patterns that aren't the captions' own.
inline constexpr std::string_view kRowFromZero = "index";
inline constexpr std::string_view kRowFromOne = "number";
inline constexpr std::string_view kPromptField = "prompt";
inline constexpr std::string_view kImageField = "image";  ///< the image that an item names, without extension
inline constexpr std::string_view kCopyField = "k";

/// Goes before a field of the captions that is called like one of these.
inline constexpr std::string_view kOwnField = "field.";
/// A pattern's field as the captions call it.
std::string_view name_in_captions(std::string_view field);

/// A pattern that names follow: text, fields in braces, `*` for any text. `{index}`, `{number}` and `{k}` are
/// numbers; `{index:05}` is one with zeros before it up to five digits. No field but `{image}` has a `/` in
/// it.
class NamePattern {
 public:
  /// Throws UsageError.
  explicit NamePattern(std::string text);

  /// The fields that decide, each once, in order: all but `k`.
  const std::vector<std::string>& fields() const { return fields_; }
  const std::string& text() const { return text_; }
  bool has(std::string_view field) const;

  using Visitor = std::function<void(const std::vector<std::string_view>&)>;
  /// Calls `visit` with the values of `fields` in each way in which a name, without its extension, can follow
  /// the pattern; of a name that can be cut in very many ways, in some of them.
  void visit(std::string_view name, const Visitor& visit) const;

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
  void follow(std::string_view name, std::size_t piece, Walk& walk) const;

  std::string text_;
  std::vector<Piece> pieces_;
  std::vector<std::string> fields_;
};

}  // namespace tise::data
