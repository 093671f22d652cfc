#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tise/metrics/metrics.h"
#include "tise/metrics/row_blocks.h"
#include "tise/metrics/settings.h"

/// Parts of inception_score.cpp: how rows are assigned to splits, and what is summed over each split.
namespace tise::metrics {

/// A divergence below this is rounding.
inline constexpr double kZeroDivergence = 1e-12;

/// In place of a split: the row is in none.
inline constexpr std::size_t kDropped = static_cast<std::size_t>(-1);

/// For each place in the order of all rows, its split, or kDropped.
std::vector<std::size_t> split_of_places(std::size_t count, Cut cut, const Settings& settings);

/// p = softmax(logits / temperature) and Σ_c p log p of some rows, float64.
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

/// Means over several sets of images. They are running means, whose rounding doesn't grow with the count.
class SetMeans {
 public:
  explicit SetMeans(std::size_t sets) : sets_(static_cast<std::int64_t>(sets)) {}
  /// Adds the rows of a block, each to the set that `set_of` has for its place, or to none (kDropped).
  void add(const RowBlock& block, const std::vector<std::size_t>& set_of, double temperature);
  SplitMeans of(std::size_t set) const;

 private:
  std::int64_t sets_;
  at::Tensor counts_;   // [sets, 1] float64
  at::Tensor p_;        // [sets, C]
  at::Tensor p_log_p_;  // [sets, 1]
};

/// Rows of logits whose probabilities are in memory at a time. With the intermediate results they fit into a
/// core's cache.
inline constexpr std::int64_t kLogitRows = 128;

}  // namespace tise::metrics
