#include "tise/data/utf8.h"

#include <cstdint>

namespace tise::data {

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
