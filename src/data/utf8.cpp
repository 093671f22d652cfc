#include "tise/data/utf8.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>

namespace tise::data {
namespace {

/// The length of the UTF-8 character at the start of `text`, 0 where there is none. Unicode, table 3-7.
std::size_t character_length(std::string_view text) {
  const auto at = [&](std::size_t i) -> std::uint8_t {
    return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0;
  };
  const auto continues = [&](std::size_t i) { return (at(i) & 0xC0U) == 0x80; };
  const std::uint8_t first = at(0);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4 || !continues(1)) return 0;
  if (first < 0xE0) return 2;
  if (!continues(2) || (first == 0xE0 && at(1) < 0xA0) || (first == 0xED && at(1) > 0x9F)) return 0;
  if (first < 0xF0) return 3;
  if (!continues(3) || (first == 0xF0 && at(1) < 0x90) || (first == 0xF4 && at(1) > 0x8F)) return 0;
  return 4;
}

}  // namespace

std::optional<std::size_t> first_invalid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character_length(text.substr(i));
    if (length == 0) return i;
    i += length;
  }
  return std::nullopt;
}

std::string nfc(std::string_view text) {
  const bool is_ascii = std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
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
    const std::size_t length = character_length(text.substr(i));
    const bool control = static_cast<std::uint8_t>(text[i]) < 0x20;
    shown += control || length == 0 ? " " : std::string(text.substr(i, length));
    i += length == 0 ? 1 : length;
  }
  return shown + (i < text.size() ? "…\"" : "\"");
}

}  // namespace tise::data
