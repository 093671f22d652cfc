#include "formats.h"

namespace tise::image {

void truncated(std::size_t size) {
  const bool small = size < 1000;
  throw DecodeError("truncated after " +
                    (small ? std::to_string(size) + " bytes" : std::to_string(size / 1000) + " kB"));
}

}  // namespace tise::image
