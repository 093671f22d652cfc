#include "tise/data/utf8.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>

namespace tise::data {

std::string nfc(std::string_view text) {
  const bool is_ascii = std::ranges::all_of(text, [](char c) { return (c & 0x80) == 0; });
  if (is_ascii || first_invalid_utf8(text)) return std::string(text);
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = icu::Normalizer2::getNFCInstance(status);
  std::string normalized;
  icu::StringByteSink<std::string> sink(&normalized);
  if (U_SUCCESS(status)) {
    const icu::StringPiece piece(text.data(), static_cast<std::int32_t>(text.size()));
    normalizer->normalizeUTF8(0, piece, sink, nullptr, status);
  }
  if (U_FAILURE(status)) throw std::runtime_error(std::string("ICU: ") + u_errorName(status));
  return normalized;
}

std::string excerpt(std::string_view text, std::size_t characters) {
  std::string shown = "\"";
  std::size_t i = 0;
  for (std::size_t n = 0; n < characters && i < text.size(); ++n) {
    const std::size_t length = utf8_length(text.substr(i));
    const bool control = static_cast<std::uint8_t>(text[i]) < 0x20;
    const std::size_t size = length == 0 ? 1 : length;  // what is not UTF-8 is escaped where it is printed
    shown += control ? " " : std::string(text.substr(i, size));
    i += size;
  }
  return shown + (i < text.size() ? "…\"" : "\"");
}

}  // namespace tise::data
