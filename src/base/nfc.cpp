#include "tise/base/nfc.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "tise/base/utf8.h"

namespace tise {
namespace {

void check_icu(UErrorCode status) {
  if (U_FAILURE(status)) throw std::runtime_error(std::string("ICU: ") + u_errorName(status));
}

const icu::Normalizer2& normalizer(const icu::Normalizer2* (*instance)(UErrorCode&)) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = instance(status);
  check_icu(status);
  return *normalizer;
}

const icu::Normalizer2& composer() { return normalizer(&icu::Normalizer2::getNFCInstance); }
const icu::Normalizer2& decomposer() { return normalizer(&icu::Normalizer2::getNFDInstance); }

// Whether a character has so many combining marks that ICU, which inserts them one by one, takes long.
bool has_many_marks(std::u32string_view text) {
  constexpr std::size_t kMany = 256;
  std::size_t marks = 0;
  for (const char32_t c : text) {
    marks = decomposer().hasBoundaryBefore(static_cast<UChar32>(c)) ? 0 : marks + 1;
    if (marks > kMany) return true;
  }
  return false;
}

// NFD in O(n·log n) time.
std::u32string decomposed(std::u32string_view text) {
  struct Mark {
    UChar32 character;
    std::uint8_t order;
  };
  std::u32string result;
  std::vector<Mark> marks;
  const auto add_marks = [&] {
    std::stable_sort(marks.begin(), marks.end(), [](Mark a, Mark b) { return a.order < b.order; });
    for (const Mark& mark : marks) result.push_back(static_cast<char32_t>(mark.character));
    marks.clear();
  };
  const auto add = [&](UChar32 c) {
    const std::uint8_t order = decomposer().getCombiningClass(c);
    if (order == 0) add_marks();
    marks.push_back({c, order});
  };
  for (const char32_t character : text) {
    const auto c = static_cast<UChar32>(character);
    icu::UnicodeString parts;
    if (!decomposer().getDecomposition(c, parts)) add(c);
    for (std::int32_t i = 0; i < parts.length(); i = parts.moveIndex32(i, 1)) add(parts.char32At(i));
  }
  add_marks();
  return result;
}

std::string composed(std::string_view text) {
  std::string result;
  icu::StringByteSink<std::string> sink(&result);
  UErrorCode status = U_ZERO_ERROR;
  composer().normalizeUTF8(0, {text.data(), static_cast<std::int32_t>(text.size())}, sink, nullptr, status);
  check_icu(status);
  return result;
}

}  // namespace

std::string nfc(std::string_view text) {
  const bool is_ascii = std::ranges::all_of(text, [](unsigned char c) { return c < 0x80; });
  if (is_ascii || first_invalid_utf8(text)) return std::string(text);
  const std::u32string characters = to_utf32(text);
  return composed(has_many_marks(characters) ? to_utf8(decomposed(characters)) : std::string(text));
}

}  // namespace tise
