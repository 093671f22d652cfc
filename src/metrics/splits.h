#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tise/metrics/clusters.h"
#include "tise/metrics/metrics.h"
#include "tise/metrics/row_blocks.h"
#include "tise/metrics/settings.h"

/// What inception_score.cpp takes its score from: how rows are dealt to splits, and what is summed of each.
namespace tise::metrics {

/// Below it a divergence is rounding.
inline constexpr double kZeroDivergence = 1e-12;

/// In place of a split: the row lies in none.
inline constexpr std::size_t kDropped = static_cast<std::size_t>(-1);

/// Of each place in the order of all rows, its split, or kDropped.
std::vector<std::size_t> split_of_places(std::size_t count, Cut cut, const Settings& settings);

/// Of each split, the rows of a block that belong to it.
std::vector<std::vector<std::int64_t>> rows_of_splits(const RowBlock& block,
                                                      const std::vector<std::size_t>& split_of,
                                                      std::size_t splits);

/// p and Σ_c p log p of some rows of logits, float64.
struct Probabilities {
  Probabilities(const at::Tensor& logits, double temperature);
  at::Tensor p;        ///< [n, C]
  at::Tensor p_log_p;  ///< [n]
};

/// Means over the images of a split: running, so that their rounding doesn't grow with the count.
struct SplitMeans {
  std::int64_t count = 0;
  at::Tensor p;          ///< [C]
  double p_log_p = 0.0;  ///< of Σ_c p log p

  void merge(const SplitMeans& other);
  double divergence() const;
  double score() const;
};

/// Of each split, its two halves.
using Halves = std::array<std::vector<SplitMeans>, 2>;

/// Takes the rows of a block into the halves.
void add_means(Halves& halves, const RowBlock& block, const std::vector<std::size_t>& split_of,
               double temperature, const Parts& parts);

}  // namespace tise::metrics
