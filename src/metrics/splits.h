#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <vector>

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

/// p and Σ_c p log p of some rows of logits, float64.
struct Probabilities {
  Probabilities(const at::Tensor& logits, double temperature);
  at::Tensor p;        ///< [n, C]
  at::Tensor p_log_p;  ///< [n]
};

/// Means over the images of a split.
struct SplitMeans {
  std::int64_t count = 0;
  at::Tensor p;          ///< [C]
  double p_log_p = 0.0;  ///< of Σ_c p log p

  void merge(const SplitMeans& other);
  double divergence() const;
  double score() const;
};

/// Means over several sets of images: running, so that their rounding doesn't grow with the count.
class SetMeans {
 public:
  explicit SetMeans(std::size_t sets) : sets_(static_cast<std::int64_t>(sets)) {}
  /// Takes in the rows of a block, each into the set of its place in `set_of`, or into none (kDropped).
  void add(const RowBlock& block, const std::vector<std::size_t>& set_of, double temperature);
  SplitMeans of(std::size_t set) const;

 private:
  std::int64_t sets_;
  at::Tensor counts_;   // [sets, 1] float64
  at::Tensor p_;        // [sets, C]
  at::Tensor p_log_p_;  // [sets, 1]
};

/// Rows of logits whose probabilities are in memory at a time: with what comes between they fit into a core's
/// cache.
inline constexpr std::int64_t kLogitRows = 128;

}  // namespace tise::metrics
