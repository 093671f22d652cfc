#pragma once

#include <c10/core/Device.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tise/metrics/result.h"
#include "tise/metrics/samples.h"

namespace tise::metrics {

/// How many captions an image's own is ranked among.
inline constexpr std::size_t kDistractors = 99;

/// With fewer other captions the expansion is poor: the error was found good from one and a half times the
/// distractors up (docs/statistics.md).
inline constexpr std::size_t kFewOthers = kDistractors * 3 / 2;

/// Of items none of which has a caption of its own.
inline std::string why_nothing_differs(std::size_t items) {
  return items == 1 ? "1 caption: ranking needs 2" : "all captions are the same";
}

/// What `sampled` draws from: the items that RP uses, those with the same caption text side by side.
struct Pool {
  struct Range {
    std::size_t begin = 0, end = 0;
  };
  std::vector<std::size_t> pairs;    ///< in the captions' order
  std::vector<std::size_t> by_text;  ///< the same, grouped by text; groups by their first item
  std::vector<Range> same_text;      ///< of each of Samples::pairs: its group within by_text

  std::size_t distractors(std::size_t pair) const {
    return by_text.size() - (same_text[pair].end - same_text[pair].begin);
  }
  /// The k-th distractor of a pair.
  std::size_t distractor(std::size_t pair, std::size_t k) const {
    const Range& own = same_text[pair];
    return by_text[k < own.begin ? k : k + (own.end - own.begin)];
  }
};

/// RP of some pairs over all draws of the distractors from their distinct captions.
Result rp_exact(const Samples& samples, const std::vector<std::size_t>& pairs, c10::Device device);

/// RP of some pairs over one draw, from the seed where an item lists no distractors.
Result rp_sampled(const Samples& samples, const std::vector<std::size_t>& pairs, std::uint32_t seed);

}  // namespace tise::metrics
