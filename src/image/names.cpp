#include <array>
#include <stdexcept>
#include <utility>

#include "tise/image/prepare.h"

namespace tise::image {
namespace {

template <typename Value, std::size_t n>
using Table = std::array<std::pair<std::string_view, Value>, n>;

constexpr Table<Resize, 6> kResizes{{{"none", Resize::kNone},
                                     {"pillow-bicubic", Resize::kPillowBicubic},
                                     {"pillow-bilinear", Resize::kPillowBilinear},
                                     {"pillow-bicubic-float", Resize::kPillowBicubicFloat},
                                     {"tf1-bilinear", Resize::kTf1Bilinear},
                                     {"torch-bilinear", Resize::kTorchBilinear}}};
constexpr Table<Fit, 3> kFits{{{"none", Fit::kNone},
                               {"stretch", Fit::kStretch},
                               {"shortest-side-center-crop", Fit::kShortestSideCenterCrop}}};
constexpr Table<Range, 2> kRanges{{{"0..1", Range::kUnit}, {"0..255", Range::kByte}}};

template <typename Value, std::size_t n>
Value parse(const Table<Value, n>& table, std::string_view what, std::string_view name) {
  std::string known;
  for (const auto& [known_name, value] : table) {
    if (known_name == name) return value;
    known.append(known.empty() ? "" : ", ").append(known_name);
  }
  throw std::invalid_argument("unknown " + std::string(what) + " \"" + std::string(name) +
                              "\" (known: " + known + ")");
}

template <typename Value, std::size_t n>
std::string name_of(const Table<Value, n>& table, Value wanted) {
  for (const auto& [name, value] : table) {
    if (value == wanted) return std::string(name);
  }
  throw std::invalid_argument("a value without a name");
}

}  // namespace

Resize parse_resize(std::string_view name) { return parse(kResizes, "resize", name); }
Fit parse_fit(std::string_view name) { return parse(kFits, "fit", name); }
Range parse_range(std::string_view name) { return parse(kRanges, "range", name); }
std::string to_string(Resize resize) { return name_of(kResizes, resize); }
std::string to_string(Fit fit) { return name_of(kFits, fit); }
std::string to_string(Range range) { return name_of(kRanges, range); }

std::string to_string(const Preparation& preparation) {
  return to_string(preparation.resize) + "/" + to_string(preparation.fit) + "/" +
         std::to_string(preparation.width) + "x" + std::to_string(preparation.height);
}

}  // namespace tise::image
