#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tise::fuzz {

/// A reader of untrusted data: takes any bytes, and either reads them or throws only the exceptions that its
/// functions document.
struct Target {
  std::string_view name;  ///< the seeds are in corpus/<name>
  void (*run)(std::span<const std::uint8_t>);
};

const std::vector<Target>& targets();

}  // namespace tise::fuzz
