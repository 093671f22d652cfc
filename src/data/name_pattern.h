#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tise::data {

/// The fields that patterns have in addition to the captions' own.
inline constexpr std::string_view kRowFromZero = "index";
inline constexpr std::string_view kRowFromOne = "number";
inline constexpr std::string_view kPromptField = "prompt";
inline constexpr std::string_view kImageField = "image";  ///< the image that an item names, without extension
inline constexpr std::string_view kCopyField = "k";

/// Goes before a field of the captions that has one of these names.
inline constexpr std::string_view kOwnField = "field.";
/// A pattern's field under its name in the captions.
std::string_view name_in_captions(std::string_view field);

/// A pattern for image names: text, fields in braces, `*` for any text. `{index}`, `{number}` and `{k}`
/// match numbers; `{index:05}` matches a number with leading zeros up to five digits. Of the fields, only
/// `{image}` can match a `/`.
class NamePattern {
 public:
  /// Throws UsageError.
  explicit NamePattern(std::string text);

  /// All fields except `k`, each once, in order.
  const std::vector<std::string>& fields() const { return fields_; }
  const std::string& text() const { return text_; }
  bool has(std::string_view field) const;

  using Visitor = std::function<void(const std::vector<std::string_view>&)>;
  /// Calls `visit` with the values of `fields` for each way in which a name, without its extension, matches
  /// the pattern. If there are very many ways, tries only some of them.
  void visit(std::string_view name, const Visitor& visit) const;

  /// The pattern with these values filled in; unknown parts are `*`.
  std::string filled(const std::vector<std::string>& values) const;

 private:
  struct Piece {
    enum class Kind { kText, kField, kNumber, kAny };
    Kind kind = Kind::kText;
    std::string text;        ///< or the field's name
    std::size_t digits = 0;  ///< of a number with leading zeros; 0: any
    std::size_t field = 0;   ///< index into `fields_`
    bool is_known = true;    ///< false for `*` and `{k}`
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
