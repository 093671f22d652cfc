#include "name_pattern.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "image_names.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"

namespace tise::data {
namespace {

constexpr std::size_t kMostOpen = 6;
/// At most this many steps are tried for one name.
constexpr std::size_t kMostSteps = 10'000;

[[noreturn]] void refuse(const std::string& pattern, const std::string& why) {
  throw UsageError(concat("--image-pattern ", pattern, ": ", why));
}

bool is_number(std::string_view field) {
  return field == kRowFromZero || field == kRowFromOne || field == kCopyField;
}

}  // namespace

std::string_view name_in_captions(std::string_view field) {
  return field.starts_with(kOwnField) ? field.substr(kOwnField.size()) : field;
}

struct NamePattern::Walk {
  std::vector<std::string_view> values;
  const Visitor& visit;
  std::size_t steps = 0;
};

NamePattern::NamePattern(std::string text) : text_(std::move(text)) {
  const std::string stem = without_image_extension(text_);
  std::string_view rest = stem;
  while (!rest.empty()) {
    if (rest.front() == '*') {
      pieces_.push_back({.kind = Piece::Kind::kAny, .text = {}, .is_known = false});
      rest.remove_prefix(std::min(rest.find_first_not_of('*'), rest.size()));
    } else if (rest.front() == '{') {
      const std::size_t end = rest.find('}');
      if (end == std::string_view::npos) refuse(text_, "a { has no closing }");
      add_field(rest.substr(1, end - 1));
      rest.remove_prefix(end + 1);
    } else {
      const std::size_t length = std::min(rest.find_first_of("*{"), rest.size());
      add_text(rest.substr(0, length));
      rest.remove_prefix(length);
    }
  }
  if (fields_.empty()) {
    refuse(text_, "has no field that distinguishes captions, such as {index}, {number}, {id} or {prompt}");
  }
  const auto is_open = [](const Piece& piece) { return piece.kind != Piece::Kind::kText; };
  if (std::ranges::count_if(pieces_, is_open) > static_cast<std::ptrdiff_t>(kMostOpen)) {
    refuse(text_, concat("has more than ", kMostOpen, " fields and asterisks"));
  }
}

void NamePattern::add_text(std::string_view text) {
  if (text.find('}') != std::string_view::npos) refuse(text_, "a } has no opening {");
  pieces_.push_back({.text = std::string(text)});
}

void NamePattern::add_field(std::string_view inside) {
  const std::size_t colon = inside.find(':');
  const std::string name(inside.substr(0, colon));
  if (name.empty()) refuse(text_, "a field has no name");
  Piece piece{.kind = is_number(name) ? Piece::Kind::kNumber : Piece::Kind::kField, .text = name};
  if (colon != std::string_view::npos) {
    const std::string_view width = inside.substr(colon + 1);
    const auto [end, error] = std::from_chars(width.data(), width.data() + width.size(), piece.digits);
    const bool is_good = width.starts_with('0') && error == std::errc() &&
                         end == width.data() + width.size() && piece.digits > 0 && piece.digits < 20;
    if (!is_good) refuse(text_, concat("{", inside, "}: write the number of digits as in {index:05}"));
    piece.kind = Piece::Kind::kNumber;
  }
  piece.is_known = name != kCopyField;
  if (piece.is_known) {
    if (std::ranges::find(fields_, name) != fields_.end())
      refuse(text_, concat("{", name, "} appears twice"));
    piece.field = fields_.size();
    fields_.push_back(name);
  }
  pieces_.push_back(std::move(piece));
}

bool NamePattern::has(std::string_view field) const {
  return std::ranges::find(fields_, field) != fields_.end();
}

void NamePattern::follow(std::string_view name, std::size_t at, Walk& walk) const {
  if (++walk.steps > kMostSteps) return;
  if (at == pieces_.size()) {
    if (name.empty()) walk.visit(walk.values);
    return;
  }
  const Piece& piece = pieces_[at];
  if (piece.kind == Piece::Kind::kText) {
    if (name.starts_with(piece.text)) follow(name.substr(piece.text.size()), at + 1, walk);
    return;
  }
  std::size_t most = name.size();
  std::size_t least = 1;
  if (piece.kind == Piece::Kind::kField && piece.text != kImageField) most = std::min(name.find('/'), most);
  if (piece.kind == Piece::Kind::kNumber) {
    // All digits at this place: part of a number is not a number.
    most = least = std::min(name.find_first_not_of(kDigits), name.size());
    const bool has_its_digits =
        piece.digits == 0 || most == piece.digits || (most > piece.digits && name.front() != '0');
    if (!has_its_digits) return;
  }
  if (at + 1 == pieces_.size()) least = name.size();
  for (std::size_t length = most; length >= least && length > 0; --length) {
    if (piece.is_known) walk.values[piece.field] = name.substr(0, length);
    follow(name.substr(length), at + 1, walk);
  }
}

void NamePattern::visit(std::string_view name, const Visitor& visit) const {
  Walk walk{std::vector<std::string_view>(fields_.size()), visit};
  follow(name, 0, walk);
}

std::string NamePattern::filled(const std::vector<std::string>& values) const {
  std::string name;
  for (const Piece& piece : pieces_) {
    if (piece.kind == Piece::Kind::kText) {
      name += piece.text;
    } else if (!piece.is_known) {
      name += '*';
    } else {
      const std::string& value = values[piece.field];
      if (value.size() < piece.digits) name.append(piece.digits - value.size(), '0');
      name += value;
    }
  }
  return name;
}

}  // namespace tise::data
