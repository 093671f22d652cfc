#include "unicode.h"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>
#include <unicode/uversion.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "tise/text/tokenizer.h"

namespace tise::text {
namespace {

/// Windows-1252's characters of the bytes 80 to 9F.
constexpr std::array<char32_t, 32> kFrom80To9F = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

icu::UnicodeString to_icu(std::u32string_view text) {
  return icu::UnicodeString::fromUTF32(reinterpret_cast<const UChar32*>(text.data()),
                                       static_cast<int32_t>(text.size()));
}

void check(UErrorCode status) {
  if (U_FAILURE(status)) throw std::runtime_error(std::string("ICU: ") + u_errorName(status));
}

std::u32string from_icu(const icu::UnicodeString& text) {
  std::u32string result(static_cast<std::size_t>(text.countChar32()), U'\0');
  UErrorCode status = U_ZERO_ERROR;
  text.toUTF32(reinterpret_cast<UChar32*>(result.data()), static_cast<int32_t>(result.size()), status);
  check(status);
  return result;
}

const icu::Normalizer2& normalizer(const icu::Normalizer2* (*instance)(UErrorCode&)) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = instance(status);
  check(status);
  return *normalizer;
}

const icu::Normalizer2& composer() { return normalizer(&icu::Normalizer2::getNFCInstance); }
const icu::Normalizer2& compatible_composer() { return normalizer(&icu::Normalizer2::getNFKCInstance); }
const icu::Normalizer2& decomposer() { return normalizer(&icu::Normalizer2::getNFDInstance); }

std::u32string normalized(const icu::Normalizer2& normalizer, std::u32string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::UnicodeString result = normalizer.normalize(to_icu(text), status);
  check(status);
  return from_icu(result);
}

// Whether a character has so many marks that ICU, which puts one after the other in its place, takes long.
bool has_many_marks(std::u32string_view text) {
  constexpr std::size_t kMany = 256;
  std::size_t marks = 0;
  for (const char32_t c : text) {
    marks = decomposer().hasBoundaryBefore(static_cast<UChar32>(c)) ? 0 : marks + 1;
    if (marks > kMany) return true;
  }
  return false;
}

// NFD, in time that grows with n·log n.
std::u32string decomposed(std::u32string_view text) {
  struct Mark {
    char32_t character;
    std::uint8_t order;
  };
  std::u32string result;
  std::vector<Mark> marks;
  const auto add_marks = [&] {
    std::stable_sort(marks.begin(), marks.end(), [](Mark a, Mark b) { return a.order < b.order; });
    for (const Mark& mark : marks) result.push_back(mark.character);
    marks.clear();
  };
  const auto add = [&](char32_t c) {
    const std::uint8_t order = decomposer().getCombiningClass(static_cast<UChar32>(c));
    if (order == 0) add_marks();
    marks.push_back({c, order});
  };
  for (const char32_t c : text) {
    icu::UnicodeString parts;
    if (decomposer().getDecomposition(static_cast<UChar32>(c), parts)) {
      for (const char32_t part : from_icu(parts)) add(part);
    } else {
      add(c);
    }
  }
  add_marks();
  return result;
}

}  // namespace

std::u32string to_utf32(std::string_view text) {
  std::u32string result;
  result.reserve(text.size());
  const char* bytes = text.data();
  const auto size = static_cast<int64_t>(text.size());
  for (int64_t i = 0; i < size;) {
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(bytes, i, size, c);
    result.push_back(static_cast<char32_t>(c));
  }
  return result;
}

std::string to_utf8(std::u32string_view text) {
  std::string result;
  result.reserve(text.size());
  for (const char32_t c : text) {
    char bytes[U8_MAX_LENGTH];
    int32_t length = 0;
    U8_APPEND_UNSAFE(bytes, length, c);
    result.append(bytes, static_cast<std::size_t>(length));
  }
  return result;
}

bool is_space(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x1F);
  return u_isUWhiteSpace(static_cast<UChar32>(c));
}

bool is_letter(char32_t c) { return (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_L_MASK) != 0; }

bool is_number(char32_t c) { return (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_N_MASK) != 0; }

bool is_decimal_digit(char32_t c) { return u_isdigit(static_cast<UChar32>(c)); }

bool is_lower_case(char32_t c) { return u_islower(static_cast<UChar32>(c)); }

bool is_upper_case(char32_t c) { return u_isupper(static_cast<UChar32>(c)); }

std::u32string lower(std::u32string_view text) {
  if (!is_ascii(text)) return from_icu(to_icu(text).toLower(icu::Locale::getRoot()));
  std::u32string result(text);
  for (char32_t& c : result) {
    if (c >= 'A' && c <= 'Z') c += 'a' - 'A';
  }
  return result;
}

std::u32string nfc(std::u32string_view text) {
  if (is_ascii(text)) return std::u32string(text);
  return normalized(composer(), has_many_marks(text) ? decomposed(text) : std::u32string(text));
}

std::u32string nfkc(char32_t c) { return normalized(compatible_composer(), {&c, 1}); }

std::u32string raw_decomposition(char32_t c) {
  icu::UnicodeString result;
  const bool has_one = compatible_composer().getRawDecomposition(static_cast<UChar32>(c), result);
  return has_one ? from_icu(result) : std::u32string();
}

char32_t from_windows_1252(std::uint8_t byte) {
  return byte >= 0x80 && byte <= 0x9F ? kFrom80To9F[byte - 0x80] : byte;
}

std::optional<std::uint8_t> to_windows_1252(char32_t c) {
  if (c <= 0xFF) return static_cast<std::uint8_t>(c);
  const auto* found = std::find(kFrom80To9F.begin(), kFrom80To9F.end(), c);
  if (found == kFrom80To9F.end()) return std::nullopt;
  return static_cast<std::uint8_t>(0x80 + (found - kFrom80To9F.begin()));
}

std::string icu_version() { return U_ICU_VERSION; }

}  // namespace tise::text
