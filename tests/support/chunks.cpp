#include "support/chunks.h"

#include <zlib.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "tise/base/json.h"

namespace tise::testing {
namespace {

constexpr std::size_t kLength = sizeof(std::uint64_t);
constexpr std::size_t kDigits = 8;

std::string sum_of(std::string_view bytes) {
  std::array<char, kDigits + 1> text{};
  std::snprintf(text.data(), text.size(), "%08lx",
                ::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
  return text.data();
}

/// Replaces a checksum, if the header contains it.
void put_sum(std::string& header, const std::string& name, const std::string& sum) {
  const std::string key = "\"" + name + "\":\"";
  const std::size_t found = header.find(key);
  if (found == std::string::npos || found + key.size() + kDigits > header.size()) return;
  header.replace(found + key.size(), kDigits, sum);
}

void put_sums_of_tensors(std::string& header, std::string_view data) {
  const auto json = json_or_discarded(header);
  if (!json.is_object()) return;
  for (const auto& [name, entry] : json.items()) {
    const auto offsets = entry.is_object() ? entry.value("data_offsets", nlohmann::json()) : nlohmann::json();
    if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
        !offsets[1].is_number_unsigned()) {
      continue;
    }
    const auto begin = offsets[0].get<std::uint64_t>();
    const auto end = offsets[1].get<std::uint64_t>();
    if (begin <= end && end <= data.size())
      put_sum(header, "crc32." + name, sum_of(data.substr(begin, end - begin)));
  }
}

}  // namespace

std::string with_right_sums(std::string chunk) {
  std::uint64_t length = 0;
  if (chunk.size() < kLength) return chunk;
  std::memcpy(&length, chunk.data(), kLength);
  if (length > chunk.size() - kLength) return chunk;
  std::string header = chunk.substr(kLength, length);
  try {
    put_sums_of_tensors(header, std::string_view(chunk).substr(kLength + length));
  } catch (const std::exception&) {  // the header isn't JSON
  }
  put_sum(header, "crc32", "00000000");
  put_sum(header, "crc32", sum_of(header));
  return chunk.replace(kLength, length, header);
}

}  // namespace tise::testing
