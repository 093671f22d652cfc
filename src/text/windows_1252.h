#pragma once

#include <cstdint>
#include <optional>

// Windows-1252, with its five unassigned bytes read as the control characters of the same number, as
// browsers do.
namespace tise::text {

char32_t from_windows_1252(std::uint8_t byte);
/// The byte that shows as this character in Windows-1252 or, for U+0080..U+009F, in Latin-1.
std::optional<std::uint8_t> to_windows_1252(char32_t c);

}  // namespace tise::text
