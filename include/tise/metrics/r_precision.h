#pragma once

#include <cstddef>

namespace tise::metrics {

/// The chance that a draw of `draws` out of `pool`, without replacement, has none of the `better` ones:
/// C(pool - better, draws) / C(pool, draws).
double chance_of_none(std::size_t pool, std::size_t better, std::size_t draws);

}  // namespace tise::metrics
