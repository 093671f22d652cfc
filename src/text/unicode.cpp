#include "unicode.h"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uversion.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>

#include "tise/text/tokenizer.h"

namespace tise::text {
namespace {

/// The Windows-1252 characters for bytes 80 to 9F.
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

const icu::Normalizer2& compatible_composer() {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* composer = icu::Normalizer2::getNFKCInstance(status);
  check(status);
  return *composer;
}

}  // namespace

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

std::u32string nfkc(char32_t c) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::UnicodeString result = compatible_composer().normalize(to_icu({&c, 1}), status);
  check(status);
  return from_icu(result);
}

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
