#pragma once

#include <algorithm>
#include <cstdint>

namespace tise::metrics {

/// Of a product that is symmetric, or of one with a triangular matrix, the blocks on and below the diagonal
/// are enough. Calls `visit` with the first column and the number of columns of each; its rows are those from
/// the first column down. More columns at a time multiply faster, fewer leave more out.
template <typename Visit>
void for_each_block(std::int64_t columns, const Visit& visit) {
  constexpr std::int64_t kColumns = 512;
  for (std::int64_t begin = 0; begin < columns; begin += kColumns) {
    visit(begin, std::min(kColumns, columns - begin));
  }
}

}  // namespace tise::metrics
