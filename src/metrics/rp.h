#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tise/metrics/registry.h"

/// The parts of RP. To be read in this order: r_precision.cpp says what it is, rp_ranking.cpp how many
/// captions beat an image's own, rp_exact.cpp what follows from that, rp_sampled.cpp what the TISE toolbox
/// does instead.
namespace tise::metrics {

/// How many captions an image's own is ranked among.
inline constexpr std::size_t kDistractors = 99;

/// Of items none of which has a caption of its own.
std::string why_nothing_differs(std::size_t items);

/// RP of some pairs over all draws of the distractors from their distinct captions.
Step rp_exact(const Reading& reading, const std::vector<std::size_t>& pairs);

/// RP of some pairs over one draw, from the seed if an item lists no distractors.
Step rp_sampled(const Reading& reading, const std::vector<std::size_t>& pairs);

}  // namespace tise::metrics
