#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tise::fuzz {

/// Something that reads what others wrote: it takes any bytes, and either reads them or throws what its
/// readers promise.
struct Target {
  std::string_view name;  ///< its seeds are in corpus/<name>
  void (*run)(std::span<const std::uint8_t>);
};

const std::vector<Target>& targets();

}  // namespace tise::fuzz
