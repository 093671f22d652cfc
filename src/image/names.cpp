#include <array>
#include <stdexcept>
#include <utility>

#include "tise/base/concat.h"
#include "tise/image/prepare.h"

namespace tise::image {
namespace {

constexpr std::array kRanges{std::pair<std::string_view, Range>{"0..1", Range::kUnit},
                             std::pair<std::string_view, Range>{"0..255", Range::kByte}};

}  // namespace

Range parse_range(std::string_view name) {
  for (const auto& [known, range] : kRanges) {
    if (known == name) return range;
  }
  throw std::invalid_argument(
      concat("unknown range \"", name, "\" (known: ", kRanges[0].first, ", ", kRanges[1].first, ")"));
}

std::string to_string(Range range) { return std::string(kRanges[static_cast<std::size_t>(range)].first); }

std::string to_string(const Preparation& preparation) {
  return preparation.steps.empty() ? "none" : to_string(preparation.steps);
}

}  // namespace tise::image
